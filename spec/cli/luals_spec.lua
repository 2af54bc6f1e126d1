-- What an editor says about scripts, asked of the real checker: lua-language-server. Neither Debian
-- nor npm has a package of it, so this runs where it is installed, or where LUA_LANGUAGE_SERVER
-- names it.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local server = os.getenv("LUA_LANGUAGE_SERVER") or "lua-language-server"
local has_server = shell.run("command -v " .. shell.quote(server) .. " > /dev/null") == 0

local HEAD = [[
vertical { name = "shop", title = "Shop" }
---@type shop.attributes
local a = attributes {
  { "n", integer { unit = "pieces", min = 0 }, says = "How many" },
  { "m", money },
  { "c", choice { "low", "high" } },
  { "l", choices { "red", "blue" } },
  { "b", boolean },
  { "t", text { pattern = "x+" } },
  { "d", date },
  { "z", as_is },
  { "r", number { min = 0.5 }, otherwise = 1.5, columns = { "Rate" } },
  { "w", time },
  { "u", url, deprecated = "use e" },
  { "e", email, personal = true },
  { "p", phone { country = "31" } },
  { "h", handle },
}
---@type shop.facts
local f = facts {
  { "similar", number { min = 0, max = 1 }, from = knowledge { query = words { "{t}" } } },
}
group { "g", says = "s", counts = "highest" }
]]
local LINE = select(2, HEAD:gsub("\n", "")) + 1

local RULE = 'rule { id = "A", points = 1, when = a.b:is_true(), because = "b", group = "g" }'

-- Each line of the body with what the checker must say about it, false: nothing.
local LINES = {
  { 'local _ = a.n:at_least(5)', false },
  { 'local _ = a.nn:at_least(5)', "undefined-field" },
  { 'local _ = a.n:at_leest(5)', "undefined-field" },
  { 'local _ = a.n:at_least("5")', "param-type-mismatch" },
  { 'local _ = a.c:is "low"', false },
  { 'local _ = a.c:one_of { "low", "high" }', false },
  { 'local _ = a.c:is "lwo"', "param-type-mismatch" },
  { 'local _ = a.c:at_least(5)', "undefined-field" },
  { 'local _ = a.l:contains "red"', false },
  { 'local _ = a.l:contains "rde"', "param-type-mismatch" },
  { 'local _ = a.m:at_least(99.95)', false },
  { 'local _ = a.m:per(a.n):at_least(10)', false },
  { 'local _ = a.m:at_least(a.n)', "param-type-mismatch" },
  { 'local _ = a.d:before "2025-01-01"', false },
  { 'local _ = a.d:within_days "30"', "param-type-mismatch" },
  { 'local _ = a.b:is_true()', false },
  { 'local _ = a.t:matches "x"', false },
  { 'local _ = a.z:missing()', false },
  { 'local _ = a.r:at_least(0.5)', false },
  { 'local _ = a.r:at_least(a.n)', "param-type-mismatch" },
  { 'local _ = a.w:after "2025-01-01T10:00Z"', false },
  { 'local _ = a.u:starts_with "https"', false },
  { 'local _ = a.e:ends_with { ".nl", ".be" }', false },
  { 'local _ = a.e:at_least(5)', "undefined-field" },
  { 'local _ = a.p:is(31)', "param-type-mismatch" },
  { 'local _ = a.h:contains_any("x", "y")', false },
  { 'local _ = a.l:contains_any { "red", "rde" }', "assign-type-mismatch" },
  { 'local _ = f.similar:at_least(0.8)', false },
  { 'local _ = f.simlar:at_least(0.8)', "undefined-field" },
  { 'group { "g2", says = "s", counts = "hihgest" }', "assign-type-mismatch" },
  { 'range { a.n, a.n }', false },
  { 'local _ = all { a.b:is_true(), 5 }', "assign-type-mismatch" },
  { 'local _ = score:at_least(7)', false },
  { 'local _ = score:atleast(7)', "undefined-field" },
  { 'local _ = os.time()', "undefined-global" },
  { 'local _ = string.gsub("a", "b", "c")', "undefined-field" },
  { 'local _ = ("x"):upper()', false },
  { RULE, false },
  { 'rule { id = "B", when = a.b:is_true(), because = "b" }', "missing-fields" },
  { 'rule { id = "C", points = "1", when = a.b:is_true(), because = "b" }',
    "assign-type-mismatch" },
  { 'rule { id = "D", points = 1, when = true, because = "b" }', "assign-type-mismatch" },
  { 'derive { "x", words { "{n}" }, says = "s" }', false },
  { 'range { a.n, 5 }', "assign-type-mismatch" },
}

describe("lua-language-server", function()
  local home

  before_each(function() home = shell.must("mktemp -d /tmp/ms-luals-XXXXXX") end)
  after_each(function() shell.must("rm -rf " .. home) end)

  -- The checker's codes by file and line: {["scripts/shop/vertical.lua"] = {[17] = "..."}}.
  local function check(dir)
    local _, out = shell.run(("cd %s && %s --check . --checklevel=Warning --logpath=%s/log"):format(
      dir, shell.quote(server), home))
    out = out:gsub("\27%[[%d;]*m", "")
    local found = {}
    for path, line, rest in out:gmatch("%.?/?([%w_./%-]+%.lua):(%d+):%d+ ([^\n]*)") do
      local code = rest:match("%(([%l-]+)%)%s*$") or "other"
      if rest:find("to parameter", 1, true) then code = "param-type-mismatch"
      elseif rest:find("Cannot assign", 1, true) then code = "assign-type-mismatch" end
      found[path] = found[path] or {}
      found[path][tonumber(line)] = code
    end
    return found, out
  end

  it("finds nothing in the samples, and the stubs themselves are clean", function()
    if not has_server then return pending(server .. " is not installed; no package has it") end
    for _, name in ipairs { "recruitment", "ecommerce", "business_setup" } do
      local dir = home .. "/" .. name
      assert.are.equal(0, (cli.run { "init", dir, "--vertical", name }))
      local found, out = check(dir)
      assert.are.same({}, found, out)
    end
  end)

  it("marks each mistake in its line, and nothing else", function()
    if not has_server then return pending(server .. " is not installed; no package has it") end
    local dir = home .. "/shop"
    assert.are.equal(0, (cli.run { "init", dir }))
    shell.must(("rm -r %s/scripts/recruitment && mkdir %s/scripts/shop"):format(dir, dir))
    local path = dir .. "/scripts/shop/vertical.lua"
    shell.write(path, HEAD .. RULE .. "\n")
    local code, out, err = cli.run({ "types", "shop" }, { cwd = dir })
    assert.are.equal(0, code, out .. err)
    local body, wanted = {}, {}
    for i, line in ipairs(LINES) do
      body[i] = line[1]
      if line[2] then wanted[LINE + i - 1] = line[2] end
    end
    shell.write(path, HEAD .. table.concat(body, "\n") .. "\n")
    local found, told = check(dir)
    assert.are.same({ ["scripts/shop/vertical.lua"] = wanted }, found, told)
  end)
end)
