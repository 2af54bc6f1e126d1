-- What the whole tree keeps to. The measures are in spec/support/style.lua; each is shown to bite.
local style = require "spec.support.style"
local tree = require "spec.support.tree"

local code = {
  c = true, h = true, cpp = true, lua = true, sh = true, js = true, awk = true, cmake = true,
}
local text = { md = true, yaml = true, yml = true, sql = true, json = true, txt = true }
for ending in pairs(code) do text[ending] = true end

local function measure(files, rule)
  local found = {}
  for _, path in ipairs(files) do
    for _, sentence in ipairs(rule(tree.read(path))) do
      found[#found + 1] = path .. " " .. sentence
    end
  end
  assert.are.equal("", table.concat(found, "\n"))
end

describe("style", function()
  it("files have at most 600 lines", function()
    measure(tree.with_ending(code), style.file_length)
  end)

  it("functions have at most 80 lines", function()
    measure(tree.with_ending({ c = true, cpp = true, h = true }), style.c_functions)
    measure(tree.with_ending({ lua = true }), style.lua_functions)
  end)

  it("lines of C have at most 100 columns", function()
    measure(tree.with_ending({ c = true, cpp = true, h = true }), style.columns)
  end)

  it("nothing is left for later in the text", function()
    measure(tree.with_ending(text), style.unfinished)
  end)

  it("lines end with a line feed alone", function()
    measure(tree.with_ending(code), style.carriage_returns)
    measure(tree.with_ending({ md = true, sql = true, yaml = true }), style.carriage_returns)
  end)

  it("headers begin with a comment", function()
    measure(tree.with_ending({ h = true }), style.opening_comment)
  end)

  it("no path of one machine, no host of a package registry", function()
    measure(tree.with_ending(text), style.foreign_places)
    measure({ "dev", ".ci/run" }, style.foreign_places)
  end)

  it("every migration has its way back, and numbers are unique", function()
    local seen, numbers = {}, {}
    for _, path in ipairs(tree.with_ending({ sql = true }, "migrations/")) do
      local folder, number, name, way =
        path:match("^migrations/(%w+)/(%d%d%d%d)_([%w_]+)%.(%l+)%.sql$")
      assert.is_truthy(way == "up" or way == "down", path .. " is no NNNN_name.up.sql or .down.sql")
      seen[path] = true
      local key = folder .. number
      assert.are.equal(numbers[key] or name, name, path .. " shares its number with another")
      numbers[key] = name
    end
    for path in pairs(seen) do
      local stem, way = path:match("^(.*)%.(%l+)%.sql$")
      local other = stem .. (way == "up" and ".down.sql" or ".up.sql")
      assert.is_true(seen[other], path .. " stands alone")
    end
  end)
end)

describe("every verb", function()
  local program = os.getenv("MOONSIFT_BIN") or "build/debug/moonsift"

  local function help()
    local pipe = assert(io.popen(program .. " --help 2>&1"))
    local output = pipe:read("a")
    pipe:close()
    return output
  end

  -- The list of verbs: lines of two spaces, the name, two or more spaces, the summary.
  local function verbs()
    local names = {}
    for name in help():gmatch("\n  (%l[%l-]+)  +%S") do names[#names + 1] = name end
    return names
  end

  it("of --help is in README.md or docs/", function()
    local file = io.open(program, "rb")
    if not file then return pending(program .. " is not built") end
    file:close()
    local pages = tree.read("README.md")
    for _, path in ipairs(tree.with_ending({ md = true }, "docs/")) do
      pages = pages .. tree.read(path)
    end
    local names = verbs()
    assert.is_true(#names > 3, "no verbs found in:\n" .. help())
    for _, name in ipairs(names) do
      local call = "moonsift " .. name
      assert.is_truthy(pages:find(call, 1, true), call .. " is in no document")
    end
  end)
end)

describe("the measures of style", function()
  local function count(rule, planted) return #rule(planted) end
  local function lines(n, line) return (line .. "\n"):rep(n) end
  local function body(n, first, line, last)
    return first .. "\n" .. lines(n, line) .. last .. "\n"
  end

  it("count lines of files", function()
    assert.are.equal(0, count(style.file_length, lines(600, "x")))
    assert.are.equal(1, count(style.file_length, lines(601, "x")))
  end)

  it("count lines of functions", function()
    local c, lua = style.c_functions, style.lua_functions
    assert.are.equal(0, count(c, body(78, "int f(void)\n{", "    x;", "}")))
    assert.are.equal(1, count(c, body(79, "int f(void)\n{", "    x;", "}")))
    assert.are.equal(0, count(lua, body(78, "local function f()", "  x()", "end")))
    assert.are.equal(1, count(lua, body(79, "local function f()", "  x()", "end")))
    assert.are.equal(1, count(lua, body(79, "  t.f = function()", "    x()", "  end")))
    assert.are.equal(0, count(lua, body(90, "local function f() return 1 end", "x()", "y()")))
  end)

  it("find words, carriage returns, places and bare headers", function()
    assert.are.equal(1, count(style.unfinished, "a\n// TO" .. "DO later\n"))
    assert.are.equal(0, count(style.unfinished, "mas" .. "TODON\n"))
    assert.are.equal(1, count(style.carriage_returns, "a\r\nb\n"))
    assert.are.equal(1, count(style.foreign_places, "see /ho" .. "me/anna/moonsift\n"))
    assert.are.equal(1, count(style.foreign_places, "cp /wo" .. "rk/main .\n"))
    assert.are.equal(0, count(style.foreign_places, "postgresql://example.org/db a/wo" .. "rk/x\n"))
    assert.are.equal(1, count(style.opening_comment, "#ifndef A\n"))
    assert.are.equal(1, count(style.columns, ("x"):rep(101) .. "\n"))
    assert.are.equal(0, count(style.columns, ("é"):rep(100) .. "\n"))
  end)
end)
