-- The one-way rule: base < loop < plug < rules < lua < flow < host < cli, plugins see the ABI only.
local layers = require "spec.support.layers"
local tree = require "spec.support.tree"

local sources = { c = true, h = true, cpp = true }

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function check_folders(...)
  local found, files = {}, 0
  for _, folder in ipairs({ ... }) do
    for _, path in ipairs(tree.with_ending(sources, folder)) do
      files = files + 1
      for _, sentence in ipairs(layers.check(path, tree.read(path), exists)) do
        found[#found + 1] = sentence
      end
    end
  end
  return found, files
end

describe("layers", function()
  it("no file of core includes upwards or another layer's library", function()
    local found, files = check_folders("core/")
    assert.is_true(files > 20)
    assert.are.equal("", table.concat(found, "\n"))
  end)

  it("plugins include the ABI, their own files, libc and their library", function()
    local found = check_folders("plugins/", "examples/plugin/", "spec/fixtures/plugins/")
    assert.are.equal("", table.concat(found, "\n"))
  end)

  it("every folder of core is a layer", function()
    for _, path in ipairs(tree.with_ending(sources, "core/")) do
      local folder = path:match("^core/(%w+)/")
      local order = table.concat(layers.order, " ")
      assert.is_true(folder == "include" or order:find(folder, 1, true) ~= nil, path)
    end
  end)
end)

describe("the checker of layers", function()
  local function planted(path, line)
    return table.concat(layers.check(path, "/* a file */\n" .. line .. "\nint x;\n", exists), "\n")
  end

  local refused = {
    { "core/base/buf.c", '#include "loop/loop.h"', "above base" },
    { "core/rules/judge.c", '#include "lua/script.h"', "above rules" },
    { "core/flow/queue.c", '#  include "host/config.h"', "above flow" },
    { "core/host/role.c", '#include "cli/verb.h"', "above host" },
    { "core/base/buf.c", '#include "buf.h"', "does not name its layer" },
    { "core/flow/queue.c", "#include <uv.h>", "belongs to core/loop/" },
    { "plugins/postgres/connection.c", "#include <uv.h>", "belongs to core/loop/" },
    { "core/rules/judge.c", "\t#include <lua.h>", "belongs to core/lua/" },
    { "core/host/role.c", "#include <lua5.4/lauxlib.h>", "belongs to core/lua/" },
    { "core/cli/run.c", "#include <lualib.h>", "belongs to core/lua/" },
    { "core/host/migrate.c", "#include <libpq-fe.h>", "belongs to plugins/postgres/" },
    { "plugins/crm/crm.c", "#include <libpq-fe.h>", "belongs to plugins/postgres/" },
    { "core/host/deliver.c", "#include <curl/curl.h>", "belongs to plugins/curl/" },
    { "plugins/crm/crm.c", '#include "base/json.h"', "no file of this plugin" },
    { "plugins/crm/crm.c", '#include "../postgres/postgres.h"', "no file of this plugin" },
    { "plugins/crm/crm.c", "#include <openssl/hmac.h>", "plugins/webhook/" },
    { "core/include/moonsift/value.h", '#include "base/arena.h"', "public ABI" },
    { "core/base/buf.c", "#include <jansson.h>", "no library of" },
    { "core/base/buf.c", "#include HEADER", "through a macro" },
  }
  for _, row in ipairs(refused) do
    it(("finds %s in %s"):format(row[2]:gsub("%s+", " "), row[1]), function()
      assert.matches(row[3], planted(row[1], row[2]), 1, true)
    end)
  end

  local allowed = {
    { "core/flow/queue.c", '#include "base/json.h"' },
    { "core/flow/queue.c", '#include "flow/db.h"' },
    { "core/cli/serve.c", '#include "host/config.h"' },
    { "core/loop/loop.c", "#include <uv.h>" },
    { "core/lua/state.c", "#include <lauxlib.h>" },
    { "core/base/json.cpp", "#include <string_view>" },
    { "core/base/clock.c", "#include <sys/time.h>" },
    { "plugins/postgres/connection.c", "#include <libpq-fe.h>" },
    { "plugins/crm/crm.c", "#include <moonsift/plugin.h>" },
    { "core/base/buf.c", "// an #include in a sentence" },
  }
  for _, row in ipairs(allowed) do
    it(("lets %s pass in %s"):format(row[2], row[1]), function()
      assert.are.equal("", planted(row[1], row[2]))
    end)
  end
end)
