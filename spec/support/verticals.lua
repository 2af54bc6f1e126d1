-- Verticals that misbehave, in a folder of scripts for a host. A vertical passes its check and
-- misbehaves for the contacts that ask for it: attribute "act" of 1 or more.
local shell = require "spec.support.shell"

local verticals = {}

local frame = [[
vertical { name = "%s", title = "%s" }
local a = attributes { { "act", integer }, { "note", text } }
labels { { "%s-seen", colour = "#10b981", says = "It was seen" } }
rule {
  id = "R01", points = 10, because = "It acts",
  when = a.act:at_least(0), label = "%s-seen",
}
local function attack(act)
%s
end
derive {
  "%s_out",
  custom {
    reads = { a.act }, says = "what came of it",
    fn = function(values)
      if values.act == 0 then return "good" end
      return attack(values.act)
    end,
  },
}
]]

-- The text of a vertical whose custom function runs `body` (Lua that returns) when act > 0.
function verticals.text(name, body)
  local label = name:gsub("_", "-")
  return frame:format(name, name, label, label, body, name)
end

-- A folder with the shipped scripts, where more can be added.
function verticals.folder(h)
  local folder = h.folder .. "/scripts"
  shell.must(("cp -r scripts %s && chmod -R a+rX %s"):format(folder, folder))
  shell.write(h.config, shell.read(h.config) .. "\n" .. "rules: { dir: " .. folder .. " }\n")
  return folder
end

function verticals.write(folder, name, body, raw)
  shell.must(("mkdir -p %s/%s"):format(folder, name))
  shell.write(("%s/%s/vertical.lua"):format(folder, name), raw or verticals.text(name, body))
  shell.write(("%s/%s/cases.yaml"):format(folder, name),
    "- name: a contact that is good\n  at: 2025-02-01\n  contact: { attr: { act: 0 } }\n" ..
    "  expect: { score: 1.0 }\n")
  shell.must(("chmod -R a+rX %s/%s"):format(folder, name))
end

-- A contact event of an account; `attributes` is JSON text.
function verticals.contact(account, id, attributes, event)
  return ([[{"account":{"id":%d,"name":"A"},"additional_attributes":{},"avatar":"",
    "custom_attributes":%s,"email":"c%d@a%d.example","id":%d,"identifier":null,
    "name":"Contact %d","phone_number":null,"event":"%s"}]]):format(account, attributes, id,
    account, id, id, event or "contact_created")
end

return verticals
