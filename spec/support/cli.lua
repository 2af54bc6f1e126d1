-- The program itself, run the way people run it: arguments, input, environment in; output and exit
-- code out.
local cjson = require "cjson"
local shell = require "spec.support.shell"

local cli = {}

cli.root = shell.must("pwd")
local bin = os.getenv("MOONSIFT_BIN") or "build/debug/moonsift"
cli.bin = bin:sub(1, 1) == "/" and bin or cli.root .. "/" .. bin

-- A private folder that others may pass (as root, PostgreSQL runs as another user), with a
-- moonsift.yaml that keeps the embedded database inside it.
function cli.home(config)
  local home = shell.must("mktemp -d /tmp/ms-cli-XXXXXX")
  shell.must("chmod 711 " .. home)
  shell.write(home .. "/moonsift.yaml", config or ("embedded: {dir: %s/db}\n"):format(home))
  return home
end

-- Stops what runs there and removes it.
function cli.leave(home)
  cli.run({ "db", "stop" }, { cwd = home })
  shell.must("rm -rf " .. shell.quote(home))
end

-- Command line for one call. options: cwd, env = {NAME = value}, input (text), to (a redirection).
function cli.command(arguments, options)
  options = options or {}
  local env = {}
  for name, value in pairs(options.env or {}) do
    env[#env + 1] = shell.quote(name .. "=" .. value)
  end
  local from = "< /dev/null"
  if options.input then from = ("< %s"):format(shell.quote(options.input_file)) end
  return ("cd %s && env -u MOONSIFT_LISTEN -u MOONSIFT_CRM_DSN -u MOONSIFT_CONFIG %s %s %s %s %s")
    :format(shell.quote(options.cwd or cli.root), table.concat(env, " "), shell.quote(cli.bin),
      shell.words(table.unpack(arguments)), from, options.to or "")
end

-- Runs it; returns exit code, standard output, standard error.
function cli.run(arguments, options)
  options = options or {}
  if options.input then
    options.input_file = os.tmpname()
    shell.write(options.input_file, options.input)
  end
  local code, out, err = shell.run(cli.command(arguments, options))
  if options.input then os.remove(options.input_file) end
  return code, out, err
end

-- The one JSON document that it answers with.
function cli.json(arguments, options)
  local code, out, err = cli.run(arguments, options)
  local ok, document = pcall(cjson.decode, out)
  if not ok then error(("exit %d, no JSON: %s%s"):format(code, out, err), 2) end
  return document
end

-- The names that `moonsift help` lists.
function cli.verbs()
  local _, out = cli.run { "help" }
  local names = {}
  local list = out:match("VERB %[arguments%]\n\n(.-\n)\n")
  for line in list:gmatch("[^\n]+") do names[#names + 1] = line:match("^  (%l+) ") end
  return names
end

return cli
