-- Codes: each is explained, and its example gives it and, mended, nothing at all.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local LABELS = '{ "vip", colour = "#10b981", says = "Important" }'
local CASES = "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {score: 0}}\n"

describe("codes", function()
  local _, markdown = cli.run { "help", "codes" }
  local all = cli.json { "help", "codes", "--json" }

  it("are in docs/codes.md as the program prints them", function()
    assert.are.equal(markdown, shell.read("docs/codes.md"))
  end)

  it("are explained one by one", function()
    local seen = {}
    assert.is_true(#all.codes > 40)
    for _, c in ipairs(all.codes) do
      local exit, out = cli.run { "help", c.code:lower() }
      assert.are.equal(0, exit)
      assert.matches("^" .. c.code .. " %(%l+%): ", out)
      for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 100, line) end
      assert.is_nil(seen[c.code])
      seen[c.code] = true
      assert.matches("\n### " .. c.code .. " " .. c.title .. "\n", markdown, 1, true)
    end
    assert.are.equal(2, (cli.run { "help", "E999" }))
  end)

  it("stand before every message of the library, and are in the table", function()
    local files = io.popen("ls scripts/moonsift/*.lua"):read("a")
    for path in files:gmatch("[^\n]+") do
      local text = shell.read(path):gsub("\n%s*", " ")
      for call in text:gmatch("[^.%w]problem%.report%w*_?a?t?(%b())") do
        local literals = 0
        for code in call:gmatch("[\"'](E%d%d%d) ") do
          assert.matches("\n### " .. code .. " ", markdown, 1, true)
          literals = literals + 1
        end
        assert.is_true(literals > 0 or call:find("^%(place, text") ~= nil
          or call:find("^%(problem.here") ~= nil or call:find("^%(text") ~= nil,
          path .. ": no code in " .. call)
      end
      for code in text:gmatch('problem%.stop%("([^"]+)"') do
        assert.matches("\n### " .. code .. " ", markdown, 1, true)
      end
    end
  end)

  -- ---- examples ------------------------------------------------------------------------------

  local folder

  setup(function() folder = cli.home() end)
  teardown(function() shell.must("rm -rf " .. folder) end)

  -- The files that an example's text is part of.
  local function files(place, text)
    local head, body, labels, cases = all.head, all.rule, LABELS, CASES
    if place == "vertical.lua" then return text, cases end
    if place == "cases.yaml" then
      cases = text
    elseif place == "condition" then
      body = body .. ('rule { id = "R1", name = "r1", points = 10, because = "b", when = %s }\n')
        :format(text)
    elseif place == "attribute" then
      head = head:gsub("}\n$", function() return text .. ",\n}\n" end)
    elseif place == "labels" then
      labels = text
    else
      body = body .. text .. "\n"
    end
    return ("%s%slabels { %s }\n"):format(head, body, labels), cases
  end

  -- Codes that `check` gives for it, each once.
  local function codes_of(place, text)
    local vertical, cases = files(place, text)
    shell.must(("rm -rf %s/example && mkdir %s/example"):format(folder, folder))
    shell.write(folder .. "/example/vertical.lua", vertical)
    if cases then shell.write(folder .. "/example/cases.yaml", cases) end
    local got = cli.json({ "check", "example", "--json" }, { cwd = folder,
      env = { MOONSIFT_RULES_DIR = folder } })
    local list, seen = {}, {}
    for _, p in ipairs(got.problems) do
      assert.is_true(p.line >= 1 and (p.column >= 1 or p.code == "W303"), p.text)
      if not seen[p.code] then list[#list + 1] = p.code end
      seen[p.code] = true
    end
    return table.concat(list, " "), vertical
  end

  local ALSO = { W209 = "W209 W203" } -- a label is never given because its rules are dead

  for _, c in ipairs(all.codes) do
    it(c.code .. " has an example that gives it, and one that is mended", function()
      assert.are_not.equal(cjson.null, c.place, "core/rules/examples.c has none")
      local wrong = c.wrong ~= cjson.null and c.wrong or nil
      if wrong then wrong = wrong:gsub("\\xE9", "\xe9") end
      local got, text = codes_of(c.place, wrong)
      local want = {}
      for code in (ALSO[c.code] or c.code):gmatch("%w+") do want[#want + 1] = code end
      table.sort(want)
      local list = {}
      for code in got:gmatch("%w+") do list[#list + 1] = code end
      table.sort(list)
      assert.are.same(want, list, text)
      got, text = codes_of(c.place, c.right)
      assert.are.equal("", got, text)
    end)
  end
end)
