-- moonsift init: a folder in which the commands that it prints work, and never over anything.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local FILES = {
  ".luarc.json", ".moonsift/.gitignore", "contact.json", "moonsift.yaml", "scripts/%s/cases.yaml",
  "scripts/%s/vertical.lua", ".moonsift/types/%s.lua",
}

describe("moonsift init", function()
  local home

  before_each(function() home = shell.must("mktemp -d /tmp/ms-init-XXXXXX") end)
  after_each(function() shell.must("chmod -R u+w " .. home .. " && rm -rf " .. home) end)

  local function init(arguments, cwd)
    return cli.run({ "init", table.unpack(arguments) }, { cwd = cwd or home })
  end
  local function files(dir)
    return shell.must(("cd %s && find . -type f -o -type l | sort"):format(shell.quote(dir)))
  end

  it("writes each sample into a folder that is missing, empty, or has other things", function()
    for _, vertical in ipairs { "recruitment", "ecommerce", "business_setup" } do
      local dir = home .. "/deep/er/" .. vertical
      local code, out, err = init { dir, "--vertical", vertical }
      assert.are.equal(0, code, err)
      assert.are.equal("", err)
      for _, path in ipairs(FILES) do
        assert.is_truthy(shell.read(dir .. "/" .. path:format(vertical)), path)
      end
      assert.matches(vertical .. " has %d+ rules and %d+ cases", out)
      assert.are.equal(shell.read("scripts/" .. vertical .. "/vertical.lua"),
        shell.read(("%s/scripts/%s/vertical.lua"):format(dir, vertical)))
    end
    shell.must(("mkdir %s/here && echo mine > %s/here/README.md"):format(home, home))
    assert.are.equal(0, (init({}, home .. "/here")))
    assert.are.equal("mine\n", shell.read(home .. "/here/README.md"))
    assert.is_truthy(shell.read(home .. "/here/scripts/recruitment/vertical.lua"))
  end)

  it("prints commands that work when they are pasted, blanks and quotes in the name too", function()
    for _, name in ipairs { "leads", "it's my leads $HOME `x`", "-n", "~x" } do
      local code, out, err = init { "--vertical", "ecommerce", "--", name }
      assert.are.equal(0, code, err)
      local commands = {}
      for command in out:gmatch("\n  ([^\n]+)") do commands[#commands + 1] = command end
      assert.are.equal(4, #commands, out)
      commands[1] = commands[1]:gsub("^cd ", "cd -- ")
      for i = 2, 4 do
        local ran, text, errors = shell.run(
          ("cd %s && unset MOONSIFT_CONFIG; %s && %s"):format(home, commands[1], commands[i]))
        assert.are.equal(0, ran, commands[i] .. "\n" .. text .. errors)
      end
      assert.matches(" explain contact%.json$", commands[4])
    end
  end)

  it("needs nothing beside the program, and names it as a shell finds it", function()
    shell.must(("mkdir %s/bin && cp %s %s/bin/moonsift"):format(home, shell.quote(cli.bin), home))
    local function begin(name, path)
      local code, out, err = shell.run(("cd %s && PATH=%s %s/bin/moonsift init %s"):format(home,
        path, home, name))
      assert.are.equal(0, code, err)
      return out:match("\n  (%S*moonsift) check recruitment\n")
    end
    assert.are.equal(home .. "/bin/moonsift", begin("one", "/nowhere"))
    assert.are.equal("moonsift", begin("two", "/nowhere:" .. home .. "/bin:/bin"))
    shell.must(("mkdir %s/other && printf '#!/bin/sh' > %s/other/moonsift && chmod +x %s/other/*")
      :format(home, home, home))
    assert.are.equal(home .. "/bin/moonsift",
      begin("three", home .. "/other:" .. home .. "/bin"))
    local code, out, err = shell.run(("cd %s/one && %s/bin/moonsift test recruitment -q"):format(
      home, home))
    assert.are.equal(0, code, out .. err)
  end)

  it("the configuration that it writes is in order, also with what is commented out", function()
    assert.are.equal(0, (init { "leads" }))
    local at = { cwd = home .. "/leads" }
    local code, out, err = cli.run({ "config", "check" }, at)
    assert.are.equal(0, code, err)
    assert.are.equal("moonsift.yaml: in order (1 account, 0 sources)\n", out)
    local text = shell.read(home .. "/leads/moonsift.yaml")
    shell.write(home .. "/leads/moonsift.yaml", (text:gsub("# (sources:)\n# ", "%1\n ")))
    shell.write(home .. "/leads/chatwoot.secret", "what Chatwoot shows\n")
    code, out, err = cli.run({ "config", "check" }, at)
    assert.are.equal(0, code, err)
    assert.are.equal("moonsift.yaml: in order (1 account, 1 source)\n", out)
  end)

  it("activates in the embedded database, which has no tables yet", function()
    shell.must("chmod 711 " .. home)
    assert.are.equal(0, (init { "leads" }))
    local at = { cwd = home .. "/leads", env = { MOONSIFT_EMBEDDED_DIR = home .. "/db" } }
    local code, out, err = cli.run({ "activate", "recruitment", "-m", "first version" }, at)
    local _, versions = cli.run({ "versions", "recruitment" }, at)
    cli.run({ "db", "stop" }, at)
    assert.are.equal(0, code, err)
    assert.are.equal("recruitment v1 active\n", out)
    assert.matches("^v1  %x+  [%d-]+ [%d:]+  active  first version\n$", versions)
  end)

  it("overwrites nothing: one file that is there stops it before the first", function()
    for _, path in ipairs(FILES) do
      local dir = home .. "/" .. path:gsub("%W", "_")
      local file = dir .. "/" .. path:format("recruitment")
      shell.must(("mkdir -p $(dirname %s) && echo mine > %s"):format(file, file))
      local before = files(dir)
      local code, out, err = init { dir }
      assert.are.equal(7, code)
      assert.are.equal("", out)
      assert.matches(file .. " is there already; nothing was written", err, 1, true)
      assert.matches("hint: begin in a new folder: moonsift init FOLDER", err, 1, true)
      assert.are.equal(before, files(dir))
      assert.are.equal("mine\n", shell.read(file))
    end
    assert.are.equal(0, (init { "twice" }))
    local before = shell.must("cd " .. home .. "/twice && find . -type f | xargs md5sum")
    local code, _, err = init { "twice", "--vertical", "ecommerce" }
    assert.are.equal(7, code)
    assert.matches("twice/moonsift.yaml, ", err, 1, true)
    assert.matches(" and %d+ more are there already", err)
    assert.are.equal(before, shell.must("cd " .. home .. "/twice && find . -type f | xargs md5sum"))
  end)

  it("writes through no symbolic link", function()
    shell.must(("cd %s && mkdir d && ln -s ../outside d/moonsift.yaml"):format(home))
    assert.are.equal(7, (init { "d" }))
    assert.is_nil(shell.read(home .. "/outside"))
    shell.must(("cd %s && mkdir e && echo mine > file && ln -s ../file e/.luarc.json"):format(home))
    assert.are.equal(7, (init { "e" }))
    assert.are.equal("mine\n", shell.read(home .. "/file"))
  end)

  it("leaves nothing behind when it cannot write everything", function()
    shell.must(("cd %s && mkdir d && echo x > d/scripts"):format(home))
    local code, _, err = init { "d" }
    assert.are.equal(7, code)
    assert.matches("d/scripts is no folder", err, 1, true)
    assert.are.equal("./scripts", files(home .. "/d"))
    code, _, err = init { "d/scripts/below" }
    assert.are.equal(7, code, err)
    assert.are.equal("./scripts", files(home .. "/d"))
  end)

  it("says so where it may not write", function()
    local who = ""
    if shell.is_root then
      who = "runuser -u nobody -- "
      if shell.run(who .. "test -x " .. shell.quote(cli.bin)) ~= 0 then
        return pending("root may write everywhere, and nobody may not run " .. cli.bin)
      end
    end
    shell.must(("cd %s && chmod 755 . && mkdir ro && chmod 555 ro"):format(home))
    local code, out, err = shell.run(("cd %s && %s%s init ro"):format(home, who,
      shell.quote(cli.bin)))
    assert.are.equal(1, code, out)
    assert.matches("ro/moonsift.yaml: Permission denied", err, 1, true)
    assert.matches("hint: choose a folder that you may write to", err, 1, true)
  end)

  it("a folder of the system refuses it, and nothing is made", function()
    local code, _, err = init { "/proc/moonsift" }
    assert.are.equal(1, code)
    assert.matches("/proc/moonsift: ", err, 1, true)
  end)

  it("tells a program what it wrote", function()
    local document = cli.json({ "init", "x", "--json" }, { cwd = home })
    assert.are.equal("moonsift.init/1", document.schema)
    assert.are.equal("recruitment", document.vertical)
    local written = {}
    for path in files(home .. "/x"):gmatch("%./([^\n]+)") do written[#written + 1] = path end
    table.sort(document.files)
    table.sort(written)
    assert.are.same(written, document.files)
  end)

  it("knows its samples, and names the nearest", function()
    local code, _, err = init { "x", "--vertical", "recrutment" }
    assert.are.equal(2, code)
    assert.matches('there is no sample vertical "recrutment"; did you mean "recruitment"?', err, 1,
      true)
    assert.matches("hint: there are: business_setup, ecommerce, recruitment\n", err, 1, true)
    for _, name in ipairs { "", "../recruitment", "moonsift", "zzz" } do
      assert.are.equal(2, (init { "x", "--vertical", name }))
    end
    assert.is_nil(shell.read(home .. "/x/moonsift.yaml"))
    assert.are.equal(2, (init { "x", "y" }))
    assert.are.equal(2, (init { "" }))
  end)

  it("tells that MOONSIFT_CONFIG goes before the file that it wrote", function()
    local env = { MOONSIFT_CONFIG = "/elsewhere.yaml" }
    local _, _, err = cli.run({ "init", "x" }, { cwd = home, env = env })
    assert.matches("MOONSIFT_CONFIG is set", err, 1, true)
  end)
end)
