-- moonsift schema: what it prints is so: JSON Schema accepts what is stored and refuses what the
-- rules call invalid, the SQL does in Chatwoot's tables what it says, twice.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local VERTICALS = { "recruitment", "ecommerce", "business_setup" }

local ODD = [[
vertical { name = "odd", title = "It's | odd_", says = "Says *this*." }
local a = attributes {
  { "email", text, says = "Chatwoot has a field of that name" },
  { "n", integer { min = -5, max = 5, unit = "it's" } },
  { "m", money { max = 99.5 } },
  { "code", text { pattern = "[a-z]{2}\\d+", min = 3, max = 5 }, says = "a '\\' and: :account" },
  { "pcre", text { pattern = "(?i)x++" } },
  { "c", choice { "it's", "b|c", "d\\e" } },
  { "l", choices { "x", "y" } },
  { "b", boolean },
  { "d", date },
  { "z", as_is },
}
rule { id = "R", points = 1, when = a.n:present(), because = "b | c", label = "it's" }
rule { id = "S", points = 0, when = a.c:is "it's", because = "b", label = "UPPER" }
labels {
  { "it's", colour = "#102030", says = "s" },
  { "UPPER", colour = "#102030", says = "s" },
  { "-x", colour = "#102030", says = "s" },
  { "é_1", colour = "#102030", says = "s" },
  { "fine-1", colour = "#102030", says = "it's :account \\ fine", sidebar = true },
}
derive { "z", fired "R" }
]]

local FORMS = [[
vertical { name = "forms", title = "Forms" }
local a = attributes {
  { "r", number { min = 0, max = 9 }, otherwise = 2.5, columns = { "Bovengrens", "Max" } },
  { "t", time, deprecated = "use r" },
  { "u", url },
  { "e", email, personal = true },
  { "p", phone { country = "31" } },
  { "h", handle },
  { "k", handle { pattern = "@[a-z]{2}" } },
}
rule { id = "R", points = 1, when = a.r:present(), because = "b" }
]]

describe("moonsift schema", function()
  local home

  setup(function()
    home = cli.home()
    shell.must(("mkdir -p %s/scripts/odd"):format(home))
    shell.write(home .. "/scripts/odd/vertical.lua", ODD)
    shell.write(home .. "/scripts/odd/cases.yaml",
      "- {name: x, at: 2025-02-01, contact: {attr: {n: 1}}, expect: {score: 0.1}}\n")
  end)
  teardown(function() cli.leave(home) end)

  local function schema(...) return cli.run({ "schema", ... }, { cwd = home }) end

  -- Keys of each document that do not fit.
  local function validate(file, documents)
    local input = os.tmpname()
    shell.write(input, table.concat(documents, "\n") .. "\n")
    local out = shell.must(("python3 spec/support/validate.py %s < %s"):format(file, input)) .. "\n"
    os.remove(input)
    local list = {}
    for line in out:gmatch("([^\n]*)\n") do list[#list + 1] = line end
    assert.are.equal(#documents, #list)
    return list
  end

  it("json accepts what judging leaves of thousands of contacts, and refuses its errors", function()
    for _, vertical in ipairs(VERTICALS) do
      local lines = shell.must(([[cd %s && node spec/bench/rules/gen.js 4 2000 %s > %s/in.jsonl &&
%s evaluate %s --at 2025-02-01 < %s/in.jsonl]]):format(shell.quote(cli.root), vertical, home,
        shell.quote(cli.bin), vertical, home))
      local inputs, documents, wanted, wrong = {}, {}, {}, 0
      for line in io.lines(home .. "/in.jsonl") do inputs[#inputs + 1] = line end
      local n = 0
      for line in lines:gmatch("[^\n]+") do
        n = n + 1
        local decision, input = cjson.decode(line), cjson.decode(inputs[n])
        documents[#documents + 1] = line:match('"attributes":(%b{})')
        wanted[#wanted + 1] = ""
        for _, name in ipairs(decision.errors) do
          local value = input.custom_attributes[name]
          documents[#documents + 1] = cjson.encode({ [name] = value })
          wanted[#wanted + 1] = name
          wrong = wrong + 1
        end
      end
      local found = validate("schemas/" .. vertical .. ".schema.json", documents)
      for i, want in ipairs(wanted) do
        if found[i] ~= want then
          error(("%s: want %q, found %q in %s"):format(vertical, want, found[i], documents[i]))
        end
      end
      assert.is_true(wrong > 50, vertical .. " " .. wrong)
    end
  end)

  it("json tells bounds, patterns, lists and marks", function()
    local code, out = schema("json", "odd")
    assert.are.equal(0, code)
    shell.write(home .. "/odd.json", out)
    local documents, wanted = {}, {}
    local function add(want, text)
      documents[#documents + 1], wanted[#wanted + 1] = text, want
    end
    add("", '{"n":-5,"m":99.5,"code":"ab1","c":"it\'s","l":["x"],"b":false,"d":"2025-02-01T10:00"}')
    add("", '{"n":null,"l":[],"z":null,"other":{},"pcre":"zzz"}')
    add("n", '{"n":6}')
    add("n", '{"n":1.5}')
    add("m", '{"m":99.51}')
    add("code", '{"code":"xab1x"}')
    add("code", '{"code":"ab1234"}')
    add("c", '{"c":"e"}')
    add("l", '{"l":["z"]}')
    add("l", '{"l":["x","x"]}')
    add("b", '{"b":1}')
    add("d", '{"d":"yesterday"}')
    add("qualification_score", '{"qualification_score":10.5}')
    assert.are.same(wanted, validate(home .. "/odd.json", documents))
    local properties = cjson.decode(out).properties
    assert.are.equal("it's", properties.n["x-unit"])
    assert.are.equal("(?i)x++", properties.pcre["x-pcre"])
    assert.is_true(properties.z.readOnly)
  end)

  it("json takes the canonical forms of all types, and refuses what is none", function()
    shell.must(("mkdir -p %s/scripts/forms"):format(home))
    shell.write(home .. "/scripts/forms/vertical.lua", FORMS)
    local code, out, err = schema("json", "forms")
    assert.are.equal(0, code, err)
    shell.write(home .. "/forms.json", out)
    local values = {
      r = { { "2.25", "3.5", '"2,75"' }, { "9.5", "true", '"x"' } },
      t = { { '"2025-02-01T14:20:00Z"', '"2025-02-01"', "1700000000" }, { "true", "[]" } },
      u = { { '"HTTPS://Example.org/a"', '"http://x.nl"' }, { '"ftp://x.nl"', '"x"', "1" } },
      e = { { '" Ana@Example.ORG"', '"a.b@c.nl"' }, { '"ana"', '"a@b"', '"a b@c.nl"' } },
      p = { { '"+31 6 1234 5678"', '"06 1234 5678"' }, { '"12"', '"+1"', '"+31 x"' } },
      h = { { '"Ana.B"', '"@ana"', '"https://instagram.com/ana"' }, { '"a b"', '"@"' } },
      k = { { '"@ab"' }, { '"@abc"' } },
    }
    local input = {}
    for name, list in pairs(values) do
      for i, kind in ipairs(list) do
        for _, value in ipairs(kind) do
          input[#input + 1] = { name, i == 1 and "" or name, value }
        end
      end
    end
    local lines, documents, wanted = {}, {}, {}
    for i, case in ipairs(input) do
      lines[i] = ('{"custom_attributes":{"%s":%s}}'):format(case[1], case[3])
    end
    local _, decisions = cli.run({ "evaluate", "forms" }, { cwd = home,
      input = table.concat(lines, "\n") .. "\n" })
    for line in decisions:gmatch("[^\n]+") do
      local case = input[#documents + 1]
      local refused = #cjson.decode(line).errors > 0
      assert.are.equal(case[2] ~= "", refused, case[1] .. " " .. case[3])
      wanted[#wanted + 1] = case[2]
      documents[#documents + 1] = refused and ('{"%s":%s}'):format(case[1], case[3])
        or line:match('"attributes":(%b{})')
    end
    assert.are.equal(#input, #documents)
    local found = validate(home .. "/forms.json", documents)
    for i, want in ipairs(wanted) do assert.are.equal(want, found[i], documents[i]) end
    local properties = cjson.decode(out).properties
    assert.is_true(properties.e["x-personal"])
    assert.are.equal(2.5, properties.r.default)
    assert.are.same({ "Bovengrens", "Max" }, properties.r["x-columns"])
    assert.is_true(properties.t.deprecated)
    shell.must(("rm -r %s/scripts/forms"):format(home))
  end)

  it("show lists what comes in and what is written, for people, programs and tables", function()
    local code, out = schema("show", "odd")
    assert.are.equal(0, code)
    assert.matches("odd · It's | odd_\n", out, 1, true)
    assert.matches("\nn +integer  it's  %-5 to 5\n", out)
    assert.matches("\nz +as_is .* written\n", out:gsub("boolean", "as_is"))
    assert.is_nil(out:find(" \n", 1, true))
    code, out = schema("show", "odd", "--plain")
    assert.are.equal(0, code)
    for line in out:gmatch("[^\n]+") do
      assert.are.equal(6, select(2, line:gsub("\t", "")), line)
    end
    local document = cjson.decode((select(2, schema("show", "odd", "--json"))))
    assert.are.equal("moonsift.schema/1", document.schema)
    assert.are.equal(11, #document.attributes)
    assert.are.equal("m", document.attributes[3].name)
    assert.are.equal(99.5, document.attributes[3].max)
  end)

  it("docs is Markdown in which nothing of the vertical is read as markup", function()
    local code, out = schema("docs", "odd")
    assert.are.equal(0, code)
    assert.matches("^# It's \\| odd\\_\n\nSays \\%*this\\%*%.\n", out)
    local columns
    for line in out:gmatch("[^\n]*") do
      local bars = line:find("^|") and select(2, line:gsub("\\|", ""):gsub("|", "")) or nil
      if columns and bars then assert.are.equal(columns, bars, line) end
      columns = bars
    end
    assert.matches("| R | +1 | n is there | b \\| c | `it's` |", out, 1, true)
    assert.matches("scores 0.1 and the labels `it's`:\n\n- R +1: b \\| c\n", out, 1, true)
  end)

  it("docs tells of groups, facts and stages", function()
    shell.must(("mkdir -p %s/scripts/every_word"):format(home))
    shell.write(home .. "/scripts/every_word/vertical.lua",
      shell.read("spec/fixtures/verticals/every_word.lua"))
    local code, out, err = schema("docs", "every_word")
    assert.are.equal(0, code, err)
    assert.matches("| `n` | integer | `{t}` in `c` | s |\n", out, 1, true)
    assert.matches("### g\n\ns. The points of all that fire add up, at least -9, at most 9.\n\n",
      out, 1, true)
    assert.matches("It never goes back in the order `o`, `v`, `k`.", out, 1, true)
    shell.must(("rm -r %s/scripts/every_word"):format(home))
  end)

  it("docs of a vertical without cases has no example", function()
    shell.must(("mkdir -p %s/scripts/bare"):format(home))
    shell.write(home .. "/scripts/bare/vertical.lua", (ODD:gsub('name = "odd"', 'name = "bare"')))
    local code, out = schema("docs", "bare")
    assert.are.equal(0, code)
    assert.is_nil(out:find("## An example", 1, true))
    shell.must(("rm -r %s/scripts/bare"):format(home))
  end)

  it("says what is wrong with the words and the vertical", function()
    local function refused(code, text, ...)
      local got, out, err = schema(...)
      assert.are.equal(code, got, err)
      assert.are.equal("", out)
      assert.matches(text, err, 1, true)
    end
    refused(2, "show, json, sql or docs?")
    refused(2, 'did you mean "schema show"?', "shwo", "odd")
    refused(2, "say which vertical", "show")
    refused(2, "one vertical at a time", "show", "odd", "odd")
    refused(2, "--layout is for schema sql", "json", "odd", "--layout", "chatwoot")
    refused(2, '--layout is chatwoot or stand-alone, not "x"', "sql", "odd", "--layout", "x")
    refused(2, 'there is no vertical "odder"', "show", "odder")
    shell.must(("mkdir -p %s/scripts/broken"):format(home))
    shell.write(home .. "/scripts/broken/vertical.lua", "x = 1\n")
    refused(3, "vertical broken has 1 error", "json", "broken")
    refused(3, "hint: moonsift check broken", "sql", "broken")
    shell.must(("rm -r %s/scripts/broken"):format(home))
  end)
end)

describe("moonsift schema sql", function()
  local home

  setup(function()
    home = cli.home()
    assert.are.equal(0, (cli.run({ "db", "start" }, { cwd = home })))
  end)
  teardown(function() cli.leave(home) end)

  local function psql(input, ...)
    local arguments = { "db", "psql", "-q", "--", "-X", "-A", "-t", ... }
    return cli.run(arguments, { cwd = home, input = input })
  end
  local function ask(sql)
    local code, out, err = psql(sql)
    assert.are.equal(0, code, err)
    return out
  end
  -- Everything but serial numbers: what people and we have made.
  local function all()
    return ask [[
SELECT account_id, attribute_model, attribute_key, attribute_display_name, attribute_display_type,
       attribute_description, attribute_values, regex_pattern, created_at, updated_at
FROM custom_attribute_definitions ORDER BY 1, 2, 3;
SELECT account_id, title, description, color, show_on_sidebar, created_at, updated_at
FROM labels ORDER BY 1, 2;]]
  end
  local function sql_of(vertical, ...)
    local code, out, err = cli.run({ "schema", "sql", vertical, ... }, { cwd = home,
      env = { MOONSIFT_RULES_DIR = cli.root .. "/scripts" } })
    assert.are.equal(0, code, err)
    return out
  end
  local function chatwoot()
    ask("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
      .. shell.read("spec/fixtures/chatwoot/definitions.sql"))
  end

  it("defines attributes and labels in Chatwoot's tables, and again changes nothing", function()
    chatwoot()
    for _, vertical in ipairs(VERTICALS) do
      local code, _, err = psql(sql_of(vertical), "-v", "account=2")
      assert.are.equal(0, code, err)
    end
    local once = all()
    for _, vertical in ipairs(VERTICALS) do
      local code, _, err = psql(sql_of(vertical, "--account", "2"))
      assert.are.equal(0, code, err)
    end
    assert.are.equal(once, all())
    local definitions = ask [[SELECT attribute_key, attribute_display_type, attribute_values
FROM custom_attribute_definitions WHERE account_id = 2 AND attribute_model = 1 ORDER BY 1]]
    assert.matches("budget_max|1|[]\n", definitions, 1, true)
    assert.matches('urgency_level|6|["low", "medium", "high"]\n', definitions, 1, true)
    assert.matches("meeting_scheduled|7|[]\n", definitions, 1, true)
    assert.matches("last_purchase_date|5|[]\n", definitions, 1, true)
    assert.matches('lead_status|6|["new", "qualified", "unqualified", "customer"]\n', definitions,
      1, true)
    assert.are.equal("14\n", ask "SELECT count(*) FROM labels WHERE account_id = 2")
    assert.are.equal("t\n", ask [[SELECT bool_and(abs(extract(epoch FROM
created_at - now() AT TIME ZONE 'utc')) < 600) FROM labels WHERE account_id = 2]])
  end)

  it("leaves what people have, and gives their lists the values that they lack", function()
    chatwoot()
    local code, _, err = psql(sql_of("recruitment"), "-v", "account=1")
    assert.are.equal(0, code, err)
    local found = all()
    assert.matches('1|1|urgency_level|How urgent?|6|Ours|["high", "asap", "low", "medium"]|', found,
      1, true)
    assert.matches("1|1|lead_source|Source|0|A text|[]||2020-01-01 00:00:00|2020-01-01 00:00:00\n",
      found, 1, true)
    assert.matches("1|0|budget_min|Of conversations|0||[]|", found, 1, true)
    assert.matches('1|1|lead_status|Status|6||["new", "qualified", "unqualified", "customer"]|',
      found, 1, true)
    assert.matches("1|hot-lead|Ours|#000000|f|2020-01-01 00:00:00|2020-01-01 00:00:00\n", found, 1,
      true)
    assert.is_nil(found:find("2|1|", 1, true))
  end)

  it("wants an account that is there, and else writes nothing", function()
    chatwoot()
    local before = all()
    for _, arguments in ipairs { {}, { "-v", "account=99" } } do
      local code, _, err = psql(sql_of("recruitment"), table.unpack(arguments))
      assert.are.equal(3, code)
      assert.matches(#arguments == 0 and "say which account" or "there is no such account", err, 1,
        true)
      assert.are.equal(before, all())
    end
  end)

  it("survives quotes, backslashes and colons; leaves out what Chatwoot refuses", function()
    chatwoot()
    shell.must(("mkdir -p %s/scripts/odd"):format(home))
    shell.write(home .. "/scripts/odd/vertical.lua", ODD)
    local code, out, err = cli.run({ "schema", "sql", "odd" }, { cwd = home })
    assert.are.equal(0, code, err)
    assert.matches("-- left out: attribute email: Chatwoot has a field of that name", out, 1, true)
    for _, title in ipairs { "UPPER", "it's", "-x" } do
      assert.matches("-- left out: label " .. title .. ": ", out, 1, true)
    end
    for _ = 1, 2 do
      code, _, err = psql(out, "-v", "account=2")
      assert.are.equal(0, code, err)
    end
    local found = ask [[SELECT attribute_key, attribute_description, attribute_values, regex_pattern
FROM custom_attribute_definitions WHERE account_id = 2 ORDER BY 1;
SELECT title, description FROM labels WHERE account_id = 2;]]
    assert.matches("code|a '\\' and: :account|[]|^(?:[a-z]{2}\\d+)$\n", found, 1, true)
    assert.matches('c||["it\'s", "b|c", "d\\\\e"]|\n', found, 1, true)
    assert.matches("pcre||[]|\n", found, 1, true)
    assert.is_nil(found:find("UPPER", 1, true))
    assert.matches("é_1|s\n", found, 1, true)
    assert.matches("fine-1|it's :account \\ fine\n", found, 1, true)
  end)

  it("makes only labels in moonsift's own tables", function()
    ask "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    assert.are.equal(0, (cli.run({ "migrate", "up" }, { cwd = home })))
    ask "INSERT INTO accounts (id, name) VALUES (7, 'x'); DELETE FROM labels WHERE account_id = 7;"
    local sql = sql_of("recruitment", "--layout", "stand-alone")
    for _ = 1, 2 do
      local code, _, err = psql(sql, "-v", "account=7")
      assert.are.equal(0, code, err)
    end
    assert.are.equal("13|#f59e0b\n",
      ask [[SELECT count(*), max(color) FILTER (WHERE title = 'hot-lead') FROM labels
WHERE account_id = 7]])
  end)
end)
