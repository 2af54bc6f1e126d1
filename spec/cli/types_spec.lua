-- moonsift types: the stubs know exactly what the library and the vertical have.
local cli = require "spec.support.cli"
local library = require "spec.support.library"
local shell = require "spec.support.shell"
local stubs = require "spec.support.stubs"

local META = "scripts/moonsift/meta/"

local VERTICAL = [[
vertical { name = "shop-2", title = "Shop" }
local a = attributes {
  { "n", integer { unit = "pieces", min = 0 }, says = "How many" },
  { "size", choice { "s", "m", "x-l" }, says = "@param size" },
  { "tags", choices { "red", "it's" } },
  { "odd", choice { 'a"b', "c" } },
  { "t", text },
}
rule { id = "R", points = 1, when = a.n:present(), because = "b" }
]]

describe("the stubs of the library", function()
  local loaded = library.load()
  local read = stubs.read_files(META .. "*.lua")

  it("declare what a vertical can use, and nothing else", function()
    assert.are.same(library.sorted(loaded.names), library.sorted(read.globals))
  end)

  it("know the functions of math, string, table and utf8", function()
    for _, name in ipairs { "math", "string", "table", "utf8" } do
      assert.are.same(library.sorted(loaded.names[name]),
        library.sorted(read.globals[name].members), name)
    end
  end)

  it("know the conditions of each type, of score and of errors", function()
    local list = {}
    for name, kind in pairs(loaded.types) do
      local listed = name == "choice" or name == "choices"
      list[#list + 1] = { "x_" .. name, listed and kind { "low", "high" } or kind }
    end
    local a = loaded.names.attributes(list)
    assert.are.same({}, loaded.found())
    for name in pairs(loaded.types) do
      local members
      if name == "choice" or name == "choices" then
        local text = shell.read(META .. "attributes.lua") .. shell.read(META .. name .. ".lua")
        members = stubs.members(stubs.read(text), "VERTICAL.NAME")
      else
        members = stubs.members(read, "moonsift." .. name)
      end
      assert.are.same(library.conditions(loaded, a["x_" .. name]), library.sorted(members), name)
    end
    for _, name in ipairs { "score", "errors" } do
      assert.are.same(library.conditions(loaded, loaded.names[name]),
        library.sorted(stubs.members(read, "moonsift." .. name)), name)
    end
  end)

  it("know the fields of each declaration", function()
    local full = library.load()
    local env = setmetatable({}, { __index = full.names })
    assert(loadfile("spec/fixtures/verticals/every_word.lua", "t", env))()
    local found = full.found()
    assert.are.same({}, found)
    for noun, allowed in pairs(full.fields) do
      local class = noun == "attribute" and "attributes.entry" or noun:gsub(" ", ".")
      local of_type = loaded.types[noun] ~= nil
      local known = read.classes["moonsift." .. (of_type and "options." or "") .. class]
      if #allowed > 0 or known and not of_type then
        local fields = {}
        for name in pairs(known and known.members or {}) do
          if not name:find("^%d+$") and name ~= "integer" then fields[name] = true end
        end
        table.sort(allowed)
        assert.are.same(allowed, library.sorted(fields), noun)
      end
    end
  end)
end)

describe("moonsift types", function()
  local home

  before_each(function()
    home = shell.must("mktemp -d /tmp/ms-types-XXXXXX")
    shell.must(("mkdir -p %s/scripts/shop-2"):format(home))
    shell.write(home .. "/scripts/shop-2/vertical.lua", VERTICAL)
    shell.write(home .. "/.luarc.json", "{}\n")
  end)
  after_each(function() shell.must("rm -rf " .. home) end)

  local function types(...) return cli.run({ "types", ... }, { cwd = home }) end
  local function stub(name) return shell.read(("%s/.moonsift/types/%s.lua"):format(home, name)) end

  it("write a class with exactly the vertical's attributes", function()
    local code, out, err = types("shop-2")
    assert.are.equal(0, code, err)
    assert.are.equal("shop-2: 5 attributes in .moonsift/types/shop-2.lua\n", out)
    assert.matches("---@type shop_2.attributes\n  local a = attributes {", err, 1, true)
    local text = stub("shop-2")
    assert.is_truthy(load(text))
    local read = stubs.read_files(("%s/.moonsift/library/*.lua %s/.moonsift/types/*.lua")
      :format(home, home))
    assert.are.same({ "n", "odd", "size", "t", "tags" },
      library.sorted(stubs.members(read, "shop_2.attributes")))
    for field, class in text:gmatch("\n%-%-%-@field (%S+) (%S+)") do
      assert.is_truthy(read.classes[class], field)
    end
    assert.matches('---@alias shop_2.size.value "s"|"m"|"x-l"\n', text, 1, true)
    assert.matches('---@alias shop_2.tags.value "red"|"it\'s"\n', text, 1, true)
    assert.matches("---@alias shop_2.odd.value string\n", text, 1, true)
    assert.matches("--- How many\n--- pieces\n---@field n moonsift.integer\n", text, 1, true)
    assert.matches("--- · @param size\n", text, 1, true)
    assert.is_nil(text:find("VERTICAL", 1, true))
    assert.is_nil(text:find("NAME", 1, true))
    assert.is_nil(shell.read(home .. "/.moonsift/library/choice.lua"))
  end)

  it("write a class of facts beside it, when there are some", function()
    shell.must(("mkdir -p %s/scripts/every_word"):format(home))
    shell.write(home .. "/scripts/every_word/vertical.lua",
      shell.read("spec/fixtures/verticals/every_word.lua"))
    local code, out, err = types("every_word")
    assert.are.equal(0, code, out .. err)
    local read = stubs.read(stub("every_word"))
    assert.are.same({ "n" }, library.sorted(stubs.members(read, "every_word.facts")))
    assert.is_truthy(stubs.members(read, "every_word.attributes").i)
    types("shop-2")
    assert.is_nil(stub("shop-2"):find("shop_2.facts", 1, true))
  end)

  it("of the shipped verticals are asked for by them", function()
    for _, name in ipairs { "recruitment", "ecommerce", "business_setup" } do
      local code, _, err = cli.run({ "types", name }, { cwd = home,
        env = { MOONSIFT_RULES_DIR = cli.root .. "/scripts" } })
      assert.are.equal(0, code, err)
      assert.are.equal("", err)
      assert.is_truthy(load(stub(name)))
    end
  end)

  it("write the same again only when something has changed", function()
    types()
    local path = home .. "/.moonsift/types/shop-2.lua"
    local before = shell.must("stat -c '%i %Y' " .. path)
    local _, out = types()
    assert.are.equal("shop-2: 5 attributes in .moonsift/types/shop-2.lua (as it was)\n", out)
    assert.are.equal(before, shell.must("stat -c '%i %Y' " .. path))
    shell.write(path, "mine")
    types("-q")
    assert.is_truthy(stub("shop-2"):find("@meta", 1, true))
    assert.are.equal("", shell.must(("find %s/.moonsift -name '*.??????'"):format(home)))
  end)

  it("stay as they were when the vertical has errors, and others are written", function()
    types()
    local before = stub("shop-2")
    shell.must(("mkdir %s/scripts/good"):format(home))
    shell.write(home .. "/scripts/good/vertical.lua", (VERTICAL:gsub("shop%-2", "good")))
    shell.write(home .. "/scripts/shop-2/vertical.lua", (VERTICAL:gsub("a%.n", "a.nn")))
    local code, out = types()
    assert.are.equal(3, code)
    assert.matches("^shop%-2/vertical%.lua:9:?%d* error E101 ", out:match("[^\n]*shop%-2/[^\n]*"))
    assert.matches("shop-2: has errors, its stubs stay as they were\n", out, 1, true)
    assert.are.equal(before, stub("shop-2"))
    assert.is_truthy(stub("good"))
    local document = cli.json({ "types", "--json" }, { cwd = home })
    assert.are.equal("moonsift.types/1", document.schema)
    assert.are.equal(true, document.verticals[1].loaded)
    assert.are.equal(5, document.verticals[1].attributes)
    assert.are.same({ name = "shop-2", loaded = false }, document.verticals[2])
  end)

  it("say what is missing: the vertical, the folder, the right to write, .luarc.json", function()
    local code, _, err = types("shopp")
    assert.are.equal(2, code)
    assert.matches('there is no vertical "shopp"; did you mean "shop-2"?', err, 1, true)
    assert.is_nil(stub("shopp"))
    for _, name in ipairs { "../shop-2", "", ".", "shop-2/" } do
      assert.are.equal(2, (types(name)), name)
    end
    shell.must(("cd %s && rm -rf .moonsift .luarc.json && echo x > .moonsift"):format(home))
    code, _, err = types()
    assert.are.equal(7, code)
    assert.matches(".moonsift is no folder", err, 1, true)
    shell.must(("rm %s/.moonsift"):format(home))
    code, _, err = types()
    assert.are.equal(0, code)
    assert.matches("there is no .luarc.json here", err, 1, true)
  end)

  it("replace a symbolic link, and leave alone what it leads to", function()
    types()
    local path = home .. "/.moonsift/types/shop-2.lua"
    shell.write(home .. "/mine", "mine\n")
    shell.must(("ln -sf %s/mine %s"):format(home, path))
    assert.are.equal(0, (types()))
    assert.are.equal("mine\n", shell.read(home .. "/mine"))
    assert.are.equal("regular file", shell.must("stat -c %F " .. path))
  end)

  it("say what --watch cannot watch", function()
    local code, _, err = types("nothing", "--watch")
    assert.are.equal(2, code)
    assert.matches('there is no vertical "nothing"', err, 1, true)
  end)

  it("follow the files with --watch until Ctrl-C", function()
    local line = cli.command({ "types", "--watch" }, { cwd = home })
    local pid = shell.must(("{ %s; echo $? > %s/code; } > %s/out 2> %s/err & sleep 0.1; echo $!")
      :format(line:gsub("&& env", "&& exec env"):gsub("^", "sh -c '"):gsub("$", "'"), home, home,
        home))
    assert.is_truthy(shell.wait(20, function() return stub("shop-2") end))
    shell.write(home .. "/scripts/shop-2/vertical.lua", (VERTICAL:gsub('"t"', '"other"')))
    local seen = shell.wait(20, function() return stub("shop-2"):find("@field other", 1, true) end)
    shell.write(home .. "/scripts/shop-2/vertical.lua", "broken")
    local told = shell.wait(20, function()
      return shell.read(home .. "/out"):find("has errors", 1, true)
    end)
    shell.must(("pkill -INT -P %s"):format(pid))
    local code = shell.wait(20, function() return shell.read(home .. "/code") end)
    assert.is_truthy(seen)
    assert.is_truthy(told)
    assert.are.equal("130\n", code)
    assert.is_truthy(stub("shop-2"):find("@field other", 1, true))
  end)
end)
