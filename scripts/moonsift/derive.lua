--- Attributes that come out of judging: `derive { "budget_range", words { ... } }`.
local attribute = require "moonsift.attribute"
local condition = require "moonsift.condition"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local derive = {}

local MAX = 128
local declared, names, places = {}, {}, {}

local make_words = object.kind("list of words")

local FORMS = { thousands = { integer = true, money = true, number = true } }

--- "{budget_min:thousands}" -> a piece for that attribute.
local function read_hole(place, hole)
  local name, form = string.match(hole, "^([^:]*):?(.*)$")
  local fields = attribute.find(place, name)
  if not fields then
    return nil
  elseif fields.type == "as_is" or fields.type == "choices" or fields.type == "boolean" then
    problem.report_at(place, "E117 words: %s cannot be put into words: as_is, choices and boolean "
      .. "cannot", name)
  elseif form ~= "" and not FORMS[form] then
    problem.report_at(place, 'E117 words: "{%s}" has no form "%s"; there is {%s:thousands}', hole,
      form, name)
  elseif form ~= "" and not FORMS[form][fields.type] then
    problem.report_at(place, "E117 words: only a number is put in %s; %s is none", form, name)
  end
  return { slot = fields.slot, form = form ~= "" and form or "plain" }
end

local function read_template(place, template)
  local pieces = {}
  local at = 1
  for before, hole, after in string.gmatch(template, "([^{}]*){([^{}]*)}()") do
    if before ~= "" then
      pieces[#pieces + 1] = { text = before }
    end
    pieces[#pieces + 1] = read_hole(place, hole)
    at = after
  end
  local rest = string.sub(template, at)
  if string.find(rest, "[{}]") or template == "" or not problem.is_storable(template) then
    problem.report_at(place, "E117 words: %s is no template; an attribute is written {name} or "
      .. "{name:thousands}", problem.show(template))
  elseif rest ~= "" then
    pieces[#pieces + 1] = { text = rest }
  end
  return { pieces = pieces }
end

--- Templates; the first whose attributes are all there gives the text.
---@param list string[]
function derive.words(list)
  local place = problem.here()
  local templates = {}
  if type(list) ~= "table" or object.kind_of(list) or #list == 0 then
    problem.report_at(place, 'E111 words lists templates: words { "{min}-{max}", "{min}" }')
    return make_words { templates = templates }
  end
  problem.check_fields(place, "words", list, {}, math.huge)
  for i = 1, #list do
    if type(list[i]) == "string" then
      templates[#templates + 1] = read_template(place, list[i])
    else
      problem.report_at(place, "E111 words: item %d is %s, not a text", i, object.show(list[i]))
    end
  end
  return make_words { templates = templates }
end

local function take_value(place, what, value)
  local words = object.open(value, "list of words")
  if words then
    return { kind = "template", templates = words.templates }
  end
  local number = object.open(value, "attribute")
  local node = condition.open(value)
  if number and number.formula then
    return { kind = "number", slot = number.slot }
  elseif number and number.broken then
    return {}
  elseif node and node.op == "fired" then
    return { kind = "rule", rule = node.rule }
  elseif node and node.op == "custom" then
    return { kind = "custom", custom = node.a }
  elseif not (node and node.broken) then
    condition.forgive(place, value)
    problem.report_at(place, 'E111 %s takes words { ... }, fired "ID", a computed number or '
      .. "custom { ... }; it has %s", what, object.show(value))
  end
  return {}
end

--- An attribute that is written after judging: derive { "name", words { ... }, says = "..." }
---@param fields table
function derive.derive(fields)
  object.check_open("derive")
  local place = problem.here "derive"
  local name = type(fields) == "table" and not object.kind_of(fields) and fields[1]
  if type(name) ~= "string" or name == "" or not problem.is_storable(name) then
    problem.report_at(place, 'E111 derive { "name", words { ... } }: its name is %s',
      object.show(name))
    return
  end
  local what = 'derive "' .. name .. '"'
  if not string.find(name, "^[%w_][%w_-]*$") then
    problem.report_at(place, "E111 %s: a name has letters a to z, digits, _ and - only, no blanks",
      what)
  end
  problem.check_fields(place, what, fields, { "says" }, 2)
  local known = attribute.declared(name)
  if names[name] then
    problem.report_at(place, "E108 %s is declared twice", what)
  elseif known and known.type ~= "as_is" then
    problem.report_at(place, "E108 %s: an attribute of that name comes in (%s); derive another "
      .. "name",
      what, problem.place_text(known.place))
  end
  if #declared >= MAX then
    problem.report_at(place, "E112 a vertical derives at most %d attributes", MAX)
  end
  names[name] = true
  local value = take_value(place, what, fields[2])
  places[name] = places[name] or place
  value.name, value.line = name, place.line
  value.says = problem.optional_text(place, what, fields, "says")
  declared[#declared + 1] = value
end

--- The place of a derived attribute, or nil.
---@return Place?
function derive.place_of(name)
  return places[name]
end

function derive.plan()
  return declared
end

return derive
