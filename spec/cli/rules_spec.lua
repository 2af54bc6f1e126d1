-- moonsift rules: what is listed, and the SQL of the shipped verticals against their decisions.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local BENCH = cli.root .. "/spec/bench/rules/"
local AT = { "--at", "2025-02-01" }

local function rules(...) return cli.run { "rules", AT[1], AT[2], ... } end

describe("moonsift rules", function()
  it("lists each rule with points, label, place, words and what it reads", function()
    local code, out, err = rules "recruitment"
    assert.are.equal(0, code, err)
    assert.matches("R03  %+25  urgency%-high  label hot%-lead  vertical.lua:%d+\n"
      .. "      when   urgency_level is high\n      reads  urgency_level\n", out)
    assert.matches("\nR10 .-reads  scraped_date, last_contact_date\n", out)
    assert.matches("\nO2  outcome  unqualified ", out, 1)
    assert.not_matches("sql", out)
  end)

  it("a rule that asks another, the score or the other end of a range reads what they read",
    function()
      local _, out = rules("recruitment", "R09", "--plain")
      assert.matches("\tlead_source,last_contact_date\n$", out)
      _, out = rules("recruitment", "budget-80k", "--plain")
      assert.matches("^R01\t%+25\tbudget%-80k\t\tvertical.lua:%d+\t.-\tbudget_min,budget_max\n$",
        out)
      _, out = rules("ecommerce", "E04", "--plain")
      assert.matches("\torder_count,total_spent\n$", out)
      _, out = rules("recruitment", "O2", "--plain")
      assert.matches("\tbudget_min,budget_max,urgency_level,.*,last_intent\n$", out)
    end)

  it("gives one rule's expression and nothing else", function()
    local code, out, _ = rules("recruitment", "R11", "--sql")
    assert.are.equal(0, code)
    assert.are.equal("moonsift.as_integer(custom_attributes->'follower_count', 0, 100000000)"
      .. " >= 10000\n", out)
    _, out = rules("recruitment", "R10", "--sql")
    assert.matches("DATE '2025-02-01' - DATE '1970-01-01' - moonsift.as_date", out, 1, true)
  end)

  it("as JSON has all of it, and each line of --jsonl is one rule", function()
    local document = cli.json { "rules", "recruitment", "--json", "--sql" }
    assert.are.equal("moonsift.rules/1", document.schema)
    assert.are.equal("recruitment", document.vertical)
    assert.are.equal(64, #document.version)
    local first = document.rules[1]
    assert.are.equal("R01", first.id)
    assert.are.equal(25, first.points)
    assert.are.equal(cjson.null, first.label)
    assert.are.same({ "budget_min", "budget_max" }, first.reads)
    assert.matches("as_integer", first.sql)
    assert.is_nil(first.why)
    local _, out = rules("recruitment", "--jsonl")
    local n = 0
    for line in out:gmatch "[^\n]+" do
      n = n + 1
      assert.are.equal(document.rules[n].id, cjson.decode(line).id)
      assert.is_nil(cjson.decode(line).sql)
    end
    assert.are.equal(#document.rules, n)
  end)

  it("says what it does not find", function()
    local code, out, err = rules("recruitment", "R99")
    assert.are.equal(2, code)
    assert.are.equal("", out)
    assert.matches('recruitment has no rule "R99"\n  hint: did you mean "R09"', err, 1, true)
    assert.are.equal(2, (rules "recruitmend"))
    assert.are.equal(2, (rules()))
    assert.are.equal(2, (rules("recruitment", "R01", "R02")))
  end)

  it("says why a rule has no SQL, and gives its filter", function()
    local home = cli.home()
    finally(function() shell.must("rm -rf " .. home) end)
    shell.must(("mkdir -p %s/scripts/shop"):format(home))
    shell.write(home .. "/scripts/shop/vertical.lua", [[
vertical { name = "shop", title = "Shop" }
local a = attributes { { "n", integer }, { "t", text } }
local odd = custom { reads = { a.n }, says = "n is odd", fn = function(v) return v.n % 2 == 1 end }
rule { id = "A", points = 1, when = all { a.n:at_least(5), odd }, because = "b" }
rule { id = "B", points = 1, when = any { a.n:at_least(5), odd }, because = "b" }
rule { id = "C", points = 1, when = a.t:matches "(.)\\1", because = "b" }
]])
    local function ask(...) return cli.run({ "rules", "shop", ... }, { cwd = home }) end
    local code, out, err = ask("A", "--sql")
    assert.are.equal(3, code)
    assert.are.equal("", out)
    assert.matches("no SQL of A: it asks a function of the script (line 3)\n  hint: --filter",
      err, 1, true)
    code, out = ask("A", "--filter")
    assert.are.equal(0, code)
    assert.are.equal("(moonsift.as_integer(custom_attributes->'n', 0, 100000000) >= 5)\n", out)
    code, out, err = ask("B", "--filter")
    assert.are.equal(3, code)
    assert.are.equal("", out)
    assert.matches("a filter would leave nobody out", err, 1, true)
    code, out, err = ask("B", "--sql")
    assert.are.equal(3, code)
    assert.are.equal("", out)
    assert.not_matches("hint: --filter", err, 1, true)
    code, out = ask "--sql"
    assert.are.equal(0, code)
    assert.matches("none: the pattern of t is one that PostgreSQL does not have", out, 1, true)
    code, out = ask("--sql", "--json")
    assert.are.equal(0, code)
    local list = cjson.decode(out).rules
    assert.are.equal(cjson.null, list[1].sql)
    assert.matches("function of the script", list[1].why)
    assert.matches(">= 5", list[1].filter)
    assert.are.equal(cjson.null, list[2].filter)
  end)
end)

-- The decisions of `evaluate` and the SQL of `rules`, over the same contacts in a database.
describe("the SQL of", function()
  local home
  setup(function()
    home = cli.home()
    shell.must(("ln -s %s/scripts %s/scripts"):format(cli.root, home))
    assert.are.equal(0, (cli.run({ "db", "start" }, { cwd = home })))
    assert.are.equal(0, (cli.run({ "migrate", "up" }, { cwd = home })))
  end)
  teardown(function() cli.leave(home) end)

  local function psql(script)
    shell.write(home .. "/script.sql", "\\set ON_ERROR_STOP on\n" .. script)
    shell.must("chmod a+r " .. home .. "/script.sql")
    local code, out, err = cli.run({ "db", "psql", "-X", "-A", "-t", "-q", "-f",
      home .. "/script.sql" }, { cwd = home })
    assert.are.equal(0, code, err)
    return out
  end

  it("the page about it runs as it is written", function()
    local page = io.open(cli.root .. "/docs/sql.md"):read "a"
    local commands, statements = {}, {}
    for line in page:gmatch "\n    ([^\n]+)" do
      local list = line:match "^moonsift " and commands or statements
      list[#list + 1] = line
    end
    assert.are.same({ 1, 1 }, { #commands, #statements })
    local script = ("cd %s\nmoonsift() { %s \"$@\"; }\n%s\n")
      :format(home, shell.quote(cli.bin), commands[1])
    shell.write(home .. "/page.sh", script)
    local code, out, err = shell.run("bash " .. home .. "/page.sh < /dev/null")
    assert.are.equal(0, code, err)
    assert.matches("%(%d+ rows?%)", out)
    psql(statements[1])
  end)

  -- id -> one character a contact, as the decisions have it.
  local function decided(vertical, contacts, list)
    local out = shell.must(("cd %s && %s evaluate %s --at 2025-02-01 < %s")
      :format(shell.quote(cli.root), shell.quote(cli.bin), vertical, contacts))
    local answers, n = {}, 0
    for _, rule in ipairs(list) do answers[rule.id] = {} end
    for line in (out .. "\n"):gmatch "([^\n]+)\n" do
      local decision = cjson.decode(line)
      n = n + 1
      for _, rule in ipairs(list) do answers[rule.id][n] = "0" end
      for _, id in ipairs(decision.fired) do answers[id][n] = "1" end
      for _, id in ipairs(decision.unknown) do answers[id][n] = "?" end
    end
    for id, row in pairs(answers) do answers[id] = table.concat(row) end
    return answers, n
  end

  local function compare(vertical, generator, n)
    local contacts = home .. "/contacts.jsonl"
    -- U+0000 cannot be stored; a JavaScript generator writes no other thing that jsonb refuses.
    shell.must(("node %s%s 7 %d %s | grep -v '\\\\u0000' > %s; chmod a+r %s")
      :format(BENCH, generator, n, vertical, contacts, contacts))
    psql(([[DROP TABLE IF EXISTS spec; CREATE TABLE spec (line jsonb, id serial);
\copy spec (line) FROM '%s' CSV QUOTE E'\x01' DELIMITER E'\x02'
ALTER TABLE spec ADD custom_attributes jsonb;
UPDATE spec SET custom_attributes = line->'custom_attributes';
]]):format(contacts))
    local list = cli.json({ "rules", vertical, "--sql", "--json", AT[1], AT[2] }).rules
    local wanted, there = decided(vertical, contacts, list)
    assert.is_true(there > n / 2)
    local queries = {}
    for i, rule in ipairs(list) do
      assert.is_string(rule.sql, rule.id .. " has no SQL: " .. tostring(rule.why))
      queries[i] = "SELECT string_agg(coalesce((" .. rule.sql
        .. ")::integer::text, '?'), '' ORDER BY id) FROM spec;\n"
    end
    local i = 0
    for got in psql(table.concat(queries)):gmatch "[^\n]+" do
      i = i + 1
      local id = list[i].id
      assert.are.equal(there, #got)
      for at = 1, there do
        if got:byte(at) ~= wanted[id]:byte(at) then
          error(("%s %s, contact %d: rules %s, SQL %s\n%s"):format(vertical, id, at,
            wanted[id]:sub(at, at), got:sub(at, at),
            psql("SELECT line FROM spec WHERE id = " .. at)))
        end
      end
    end
    assert.are.equal(#list, i)
  end

  for _, row in ipairs { { "recruitment", "gen.js" }, { "recruitment", "strange.js" },
    { "ecommerce", "gen.js" }, { "business_setup", "gen.js" } } do
    local name = ("%s decides like the rules, for contacts of %s"):format(row[1], row[2])
    it(name, function() compare(row[1], row[2], 400) end)
    it(name .. ", for many #full", function() compare(row[1], row[2], 10000) end)
  end
end)
