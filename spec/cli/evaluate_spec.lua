-- moonsift evaluate: one line out for each line in, in order, whatever the lines are.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

-- Decoded output lines of one run over `input`, exit code, stderr.
local function evaluate(input, ...)
  local code, out, err = cli.run({ "evaluate", "recruitment", "--at", "2025-02-01", ... },
    { input = input })
  local decisions = {}
  for i, line in ipairs(lines_of(out)) do decisions[i] = cjson.decode(line) end
  return decisions, code, err
end

-- Runs a bash script with $BIN set; returns exit code, output, errors.
local function bash(script)
  local file = os.tmpname()
  local head = ("cd %s\nBIN=%s\n"):format(shell.quote(cli.root), shell.quote(cli.bin))
  shell.write(file, head .. script)
  local code, out, err = shell.run("bash " .. file)
  os.remove(file)
  return code, out, err
end

local HIGH = '{"id":%d,"custom_attributes":{"urgency_level":"high"}}'

describe("moonsift evaluate", function()
  it("answers in the order of the lines, with the keys of the contract", function()
    local decisions, code = evaluate((HIGH .. "\n" .. HIGH .. "\n"):format(7, 3))
    assert.are.equal(0, code)
    assert.are.equal(2, #decisions)
    assert.are.equal(7, decisions[1].id)
    assert.are.equal(3, decisions[2].id)
    for _, key in ipairs { "id", "vertical", "version", "attributes", "changed", "writes", "score",
      "lead_status", "labels", "fired", "unknown", "errors" } do
      assert.is_not_nil(decisions[1][key], key)
    end
    assert.are.equal(2.5, decisions[1].score)
    assert.are.equal("recruitment", decisions[1].vertical)
    assert.matches("^%x+$", decisions[1].version)
    assert.are.equal(64, #decisions[1].version)
  end)

  it("takes contacts without attributes, and any other key", function()
    local decisions, code = evaluate('{"id":1}\n{"id":2,"custom_attributes":null,"x":[{}]}\n{}\n')
    assert.are.equal(0, code)
    assert.are.equal(0, decisions[1].score)
    assert.are.equal("unqualified", decisions[2].lead_status)
    assert.are.equal(cjson.null, decisions[3].id)
  end)

  it("passes ids and unknown values with their source text", function()
    local code, out = cli.run({ "evaluate", "recruitment" }, { input =
      '{"id": 12345678901234567890, "custom_attributes": {"a": 1.50, "b": "\\u0000\\u00e9"}}\n' })
    assert.are.equal(0, code)
    assert.matches('{"id":12345678901234567890,', out, 1, true)
    assert.matches('"attributes":{"a":1.50,"b":"\\u0000\\u00e9",', out, 1, true)
  end)

  it("counts the last of repeated keys", function()
    local decisions = evaluate('{"id":1,"custom_attributes":{"follower_count":20000},"id":2,'
      .. '"custom_attributes":{"x":1,"urgency_level":"low","urgency_level":"high"}}\n'
      .. '{"custom_attributes":{"urgency_level":"high"},"custom_attributes":null}\n'
      .. '{"custom_attributes":[],"custom_attributes":{"urgency_level":"high"}}\n')
    assert.are.equal(2, decisions[1].id)
    assert.are.equal(2.5, decisions[1].score)
    assert.is_nil(decisions[1].attributes.follower_count)
    assert.are.equal(0, decisions[2].score)
    assert.are.equal(2.5, decisions[3].score)
  end)

  it("puts an error in the place of a line that is no contact, and exits 5", function()
    local bad = {
      "[]", "7", '"x"', "null", "nonsense", '{"id":1', '{"id":1}}', '{"id":1} {"id":2}',
      '{"id":1,}', "{'id':1}", '{"id":1,"custom_attributes":[]}', '{"custom_attributes":"x"}',
      '{"custom_attributes":7}', '{"custom_attributes":{"a":1e400}}', '{"a":01}', '{"a":NaN}',
      '{"custom_attributes":{"a":"\xff"}}', '{"a":"\xc0\x80"}', '{"a":"\t"}', '{"a":"\\x"}',
      '{"a":"\\ud800"}', '{"a":"x}', "\0", '{"a":1}\0', ("["):rep(100000), "\xef\xbb\xbf{}",
      '{"a":' .. ("["):rep(200) .. ("]"):rep(200) .. "}",
    }
    local input = {}
    for i, line in ipairs(bad) do
      input[#input + 1] = line
      input[#input + 1] = HIGH:format(i)
    end
    local decisions, code, err = evaluate(table.concat(input, "\n") .. "\n")
    assert.are.equal(5, code)
    assert.matches(("%d of %d lines"):format(#bad, 2 * #bad), err, 1, true)
    assert.are.equal(2 * #bad, #decisions)
    for i, line in ipairs(bad) do
      local answer = decisions[2 * i - 1]
      assert.are.equal(2 * i - 1, answer.line, line:sub(1, 60))
      assert.is_truthy(#answer.error > 0)
      assert.is_nil(answer.score)
      assert.are.equal(i, decisions[2 * i].id)
    end
  end)

  it("knows the last line, with or without its end", function()
    local one = HIGH:format(1)
    for _, input in ipairs { one, one .. "\n", one .. "\n\n", one .. "\r\n", one .. "\r\n\r\n",
      one .. "\n \t" } do
      local decisions, code = evaluate(input)
      assert.are.equal(0, code, cjson.encode(input))
      assert.are.equal(1, #decisions, cjson.encode(input))
    end
    local none, code = evaluate("")
    assert.are.equal(0, code)
    assert.are.equal(0, #none)
    assert.are.equal(0, select(2, evaluate("\n")))
  end)

  it("calls an empty line before others an error", function()
    local decisions, code = evaluate(("\n%s\n\n\n%s\n\n"):format(HIGH:format(1), HIGH:format(2)))
    assert.are.equal(5, code)
    assert.are.equal(5, #decisions)
    assert.are.equal(1, decisions[1].line)
    assert.are.equal(3, decisions[3].line)
    assert.are.equal(4, decisions[4].line)
    assert.are.equal(2, decisions[5].id)
  end)

  it("judges as of --at", function()
    local contact = '{"custom_attributes":{"scraped_date":"2024-11-01",'
      .. '"last_contact_date":"2024-11-03"}}'
    local function fired(at)
      local _, out = cli.run({ "evaluate", "recruitment", "--at", at }, { input = contact })
      return cjson.decode(out).fired[1]
    end
    assert.are.equal("R10", fired("2025-02-01"))
    assert.are.equal("R10", fired("2025-02-01T23:59:59Z"))
    assert.are.equal("O2", fired("2025-02-02"))
  end)

  it("explains in words when asked", function()
    local decisions = evaluate(HIGH:format(1) .. "\n", "--explain")
    local text = table.concat(decisions[1].explain, "\n")
    assert.matches("score 2.5 (25 points) · lead_status unqualified", text, 1, true)
    assert.matches('urgency_level = "high"', text, 1, true)
    assert.matches("unknown: budget_max missing", text, 1, true)
  end)

  it("gives the same bytes on any number of threads", function()
    local code, out, err = bash [[
      set -euo pipefail
      d=$(mktemp -d); trap 'rm -rf $d' EXIT
      node spec/bench/rules/gen.js 5 20000 |
        awk 'NR % 97 == 0 { print "bad " NR } NR % 501 == 0 { print "" } { print }' > $d/in
      for jobs in 1 2 7; do
        code=0
        $BIN evaluate recruitment --at 2025-02-01 -q --jobs $jobs < $d/in > $d/$jobs || code=$?
        echo "$code $(wc -l < $d/$jobs) $(md5sum < $d/$jobs)"
      done; wc -l < $d/in]]
    assert.are.equal(0, code, err)
    local first, second, third, n = out:match("^([^\n]+)\n([^\n]+)\n([^\n]+)\n(%d+)")
    assert.are.equal(first, second)
    assert.are.equal(first, third)
    assert.matches("^5 " .. n .. " %x+", first)
  end)

  for _, jobs in ipairs { 1, 3 } do
    it("answers a line before the next one comes (--jobs " .. jobs .. ")", function()
      local code, out = bash(([[
        coproc M { exec $BIN evaluate recruitment --jobs %d; }
        for i in 1 2 3; do
          echo "{\"id\":$i}" >&${M[1]}
          read -r -t %d line <&${M[0]} || exit 9
          echo "${line:0:8}"
        done
        exec {M[1]}>&-; wait $M_PID]]):format(jobs, 10 * shell.slow))
      assert.are.equal(0, code)
      assert.are.equal('{"id":1,\n{"id":2,\n{"id":3,\n', out)
    end)

    it("ends without a word when its reader leaves (--jobs " .. jobs .. ")", function()
      local _, out, err = bash(([[
        yes '{"id":1}' | head -n 200000 |
          { $BIN evaluate recruitment --jobs %d; echo "exit $?" >&2; } | head -n 1 | cut -c1-8
      ]]):format(jobs))
      assert.are.equal('{"id":1,\n', out)
      assert.are.equal("exit 1\n", err)
    end)
  end

  it("says when the disk is full", function()
    local code, _, err = bash [[echo '{"id":1}' | $BIN evaluate recruitment > /dev/full]]
    assert.are.equal(1, code)
    assert.matches("No space left", err, 1, true)
  end)

  it("takes lines of megabytes, and steps over one of more than 64 MiB", function()
    for _, jobs in ipairs { 1, 2 } do
      local code, out = bash(([[
        x() { head -c $1 /dev/zero | tr '\0' x; }
        { echo '{"id":1}'; printf '{"id":2,"name":"'; x 5000000; echo '"}'
          printf '{"id":3,"name":"'; x 68000000; echo '"}'; echo '{"id":4}'; x 70000000; } |
          $BIN evaluate recruitment -q --jobs %d | cut -c1-60
        exit ${PIPESTATUS[1]}]]):format(jobs))
      assert.are.equal(5, code)
      local lines = lines_of(out)
      assert.are.equal(5, #lines)
      assert.matches('^{"id":1,', lines[1])
      assert.matches('^{"id":2,', lines[2])
      assert.matches('^{"line":3,"error":"the line is longer than 64 MiB"}', lines[3])
      assert.matches('^{"id":4,', lines[4])
      assert.matches('^{"line":5,"error":"the line is longer', lines[5])
    end
  end)

  it("needs no more memory for more lines", function()
    if shell.slow > 1 then return end -- a sanitizer's shadow is counted too
    local function peak(n)
      local _, out = bash(([[
        d=$(mktemp -d); trap 'rm -rf $d' EXIT
        mkfifo $d/in
        $BIN evaluate recruitment --jobs 2 < $d/in > /dev/null &
        exec 3> $d/in
        yes '{"id":1,"custom_attributes":{"ai_summary":"x"}}' | head -n %d >&3
        sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$!/status]]):format(n))
      return tonumber(out)
    end
    local small, large = peak(20000), peak(400000)
    assert.is_true(large < small + 8192, ("%d KiB, then %d KiB"):format(small, large))
  end)

  it("refuses what it cannot do", function()
    local function refused(...)
      local code, out, err = cli.run({ "evaluate", ... }, { input = "" })
      assert.are.equal(2, code, err)
      assert.are.equal("", out)
      return err
    end
    refused()
    refused("recruitment", "ecommerce")
    refused("recruitment", "--jobs", "0")
    refused("recruitment", "--jobs", "65")
    refused("recruitment", "--jobs", "two")
    refused("recruitment", "--at", "yesterday")
    assert.matches("recruitmint", refused("recruitmint"), 1, true)
    refused("../recruitment")
  end)

  it("runs without configuration, database or the checkout", function()
    local code, out = cli.run({ "evaluate", "recruitment" }, { cwd = "/", input = '{"id":1}\n',
      env = { HOME = "/nonexistent", XDG_STATE_HOME = "/nonexistent" } })
    assert.are.equal(0, code)
    assert.matches('^{"id":1,', out)
  end)
end)
