-- ./dev demo --once: what a newcomer sees first. Part of ./dev test; runs the release build.
local shell = require "spec.support.shell"

local asan = (os.getenv("MOONSIFT_BIN") or ""):find("asan", 1, true)

describe("./dev demo --once", function()
  local code, output, errors, folder

  lazy_setup(function()
    if asan then return end
    folder = shell.must("mktemp -d /tmp/msXXXXXX")
    shell.must("chmod 0711 " .. folder)
    code, output, errors = shell.run(("TMPDIR=%s ./dev demo --once </dev/null"):format(folder))
  end)
  lazy_teardown(function() if folder then shell.run("rm -rf " .. folder) end end)

  -- The demo is always the release build: a second run beside asan would prove nothing more.
  local function shown(name, body)
    if asan then return end
    it(name, body)
  end

  local function has(...)
    for _, part in ipairs({ ... }) do
      assert.is_truthy(output:find(part, 1, true), part .. " is not in:\n" .. output .. errors)
    end
  end

  shown("exits 0", function() assert.are.equal(0, code, output .. errors) end)

  shown("shows five contacts and more with score, labels and reasons", function()
    for _, name in ipairs({ "Noor de Wit", "Luca Ferri", "Amara Osei", "Pieter Janssen",
      "Inès Moreau", "Tom Becker" }) do
      has(name)
    end
    local scores = 0
    for _ in output:gmatch("score %d+%.%d") do scores = scores + 1 end
    assert.is_true(scores >= 5, output)
    has("score 8.0", "qualified-lead", "hot-lead", "high-priority", "interim-job-seeker",
      "needs-human", "budget-80k", "urgency-high", "budget_max")
  end)

  shown("shows one refused for its signature, one duplicate, one ignored", function()
    assert.matches("\n[^\n]*wrong signature[^\n]* 401", output)
    has("duplicate", "ignored")
  end)

  shown("shows that Mike Customer is not called a bad candidate", function()
    has("Mike Customer")
    for line in output:gmatch("[^\n]*Mike Customer[^\n]*") do
      assert.is_nil(line:find("unqualified", 1, true), line)
    end
  end)

  shown("leaves nothing behind", function()
    local _, files = shell.run("ls -A " .. folder)
    assert.are.equal("", files)
    local _, processes = shell.run("pgrep -af " .. folder .. "/[m]oonsift-demo")
    assert.are.equal("", processes)
  end)
end)
