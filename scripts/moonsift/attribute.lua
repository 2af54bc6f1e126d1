--- What is known about a contact: `local a = attributes { { "budget_min", integer }, ... }`.
local compare = require "moonsift.compare"
local compute = require "moonsift.compute"
local given = require "moonsift.given"
local object = require "moonsift.object"
local options = require "moonsift.options"
local problem = require "moonsift.problem"

local attribute = {}

local MAX = 128
local MAX_COMPUTED = 64
local MAX_NAME = 200
local FORM = 'an attribute is written { "name", type, says = "..." }'

---@class Attribute: TypeFields
---@field name string
---@field slot integer place in the list, from 1
---@field says? string
---@field personal? boolean
---@field otherwise? any
---@field deprecated? string
---@field columns? string[]
---@field place Place
---@field formula? string of a computed number

local declared = {} ---@type Attribute[]
local computed = {} ---@type Attribute[] in order; their slots come after the declared ones
local computed_by_name = {}
local unusable = {} -- names that were refused where they are declared
local by_name = {}
local places = {}
local names = {}
local ranges = {}
local unknown = {} -- names that were asked for, with the problem that says so
local done = false

local make_handle
local broken = { broken = true, name = "?", type = "?" }
local broken_handle

local function get_broken()
  broken_handle = broken_handle or make_handle(broken)
  return broken_handle
end

--- A computed number, the same one for the same formula.
local function add_computed(fields)
  local known = computed_by_name[fields.name]
  if known then
    return known.handle
  elseif #computed >= MAX_COMPUTED or #fields.name > MAX_NAME then
    problem.report("E112 too much is computed: at most %d numbers, each from a few attributes",
      MAX_COMPUTED)
    return get_broken()
  end
  computed[#computed + 1] = fields
  computed_by_name[fields.name] = fields
  fields.place, fields.slot = problem.here(), #declared + #computed
  fields.handle = make_handle(fields)
  return fields.handle
end

local function compute_method(fields, key, formula)
  return function(self, ...)
    object.check_open("a computed number")
    if object.open(self, "attribute") ~= fields then
      problem.report("E118 write a colon: a.%s:%s(...)", fields.name, key)
      return get_broken()
    end
    given.at_most(fields.name .. ":" .. key, compute.most(key), nil, ...)
    local made = formula(fields, ...)
    return made and add_computed(made) or get_broken()
  end
end

local function attribute_index(fields, key)
  local formula = compute.formula(fields.type, key)
  if formula then
    return compute_method(fields, key, formula)
  elseif fields.broken then
    for _, name in ipairs(compute.names()) do
      if name == key then
        return get_broken
      end
    end
  end
  return compare.method(fields, key)
end

make_handle = object.kind("attribute", attribute_index)

-- Facts and derived attributes may be declared later: what they are is said in the end.
local function note_unknown(name, entry)
  if entry then
    unknown[#unknown + 1] = { name = name, entry = entry }
  end
end

local function list_index(_, name)
  local fields = by_name[name]
  if fields then
    return fields.handle
  elseif unusable[name] then
    return get_broken()
  end
  note_unknown(name, problem.report("E101 unknown attribute %s%s", object.show(name),
    problem.suggest(name, names, places)))
  return get_broken()
end

local make_list = object.kind("list of attributes", list_index)

--- Whether an attribute or a fact (`kind`) may be called so; `form` tells how one is written.
---@param known table<string, Attribute> those declared before, by name
---@return boolean
function attribute.check_name(place, kind, form, name, known)
  if type(name) ~= "string" then
    problem.report_at(place, "E111 %s; its name is %s", form, object.show(name))
    return false
  elseif not problem.is_name(name) then
    problem.report_at(place, "E111 the name %s cannot be asked for as a.name%s", object.show(name),
      problem.name_advice(name))
    unusable[name] = true
    return false
  elseif known[name] then
    problem.report_at(place, 'E108 %s "%s" is declared twice, first at %s', kind, name,
      problem.place_text(known[name].place))
    return false
  end
  return true
end

--- Whether a type that lists its values has some.
---@return boolean
function attribute.check_values(place, what, fields)
  local lists = fields.type == "choice" or fields.type == "choices"
  if lists and not fields.choices and not fields.broken then
    problem.report_at(place, 'E116 %s: %s lists its values: %s { "low", "high" }', what,
      fields.type, fields.type)
  end
  return not lists or fields.choices ~= nil or fields.broken
end

local function check_type(place, name, value)
  local fields = object.open(value, "type")
  if not fields then
    problem.report_at(place, 'E110 attribute "%s" needs a type: integer, money, number, choice '
      .. "{...}, choices {...}, boolean, text, date, time, url, email, phone, handle or as_is; "
      .. "it has %s", name, object.show(value))
  elseif not attribute.check_values(place, 'attribute "' .. name .. '"', fields) then
    return nil
  end
  return fields
end

local function declare(place, entry)
  if type(entry) ~= "table" or object.kind_of(entry) then
    problem.report_at(place, "E111 %s; found %s", FORM, object.show(entry))
    return
  end
  local name, at = entry[1], place
  if not attribute.check_name(at, "attribute", FORM, name, by_name) then
    return
  end
  local fields = { name = name, place = at, slot = #declared + 1 }
  for key, value in pairs(check_type(at, name, entry[2]) or broken) do
    if key ~= "place" and key ~= "name" then
      fields[key] = value
    end
  end
  options.read(at, entry, fields)
  fields.handle = make_handle(fields)
  declared[fields.slot] = fields
  by_name[name] = fields
  names[#names + 1] = name
  places[name] = at
end

--- Declares all attributes and returns them: a.budget_min, a.urgency_level, ...
---@param list table[]
function attribute.attributes(list)
  object.check_open("attributes")
  local place = problem.here "attributes"
  if done or type(list) ~= "table" then
    problem.report_at(place, done and "E108 attributes are declared once, in one list"
      or 'E111 attributes are a list: attributes { { "name", type }, ... }')
    done = true
    return make_list({})
  end
  done = true
  problem.check_entries(place, "attributes", list, '{ "%s", type, says = "..." }')
  problem.check_items(place, "attributes", list, math.huge)
  local at = problem.entries(place)
  for i = 1, #list do
    declare(problem.entry_place(at[i] or place, list[i]), list[i])
  end
  options.check_columns(declared)
  if #list == 0 and next(list) == nil or #declared > MAX then
    problem.report_at(place, "E112 a vertical has 1 to %d attributes; this one has %d", MAX,
      #declared)
  end
  return make_list({})
end

--- Two attributes that are the ends of one range: swapped when they come the wrong way round.
---@param pair table[]
function attribute.range(pair)
  object.check_open("a range")
  local place = problem.here()
  local low = type(pair) == "table" and object.open(pair[1], "attribute")
  local high = type(pair) == "table" and object.open(pair[2], "attribute")
  if not low or not high then
    problem.report_at(place, "E111 a range is two attributes: range { a.low, a.high }")
    return
  elseif low.broken or high.broken then
    return
  elseif low.formula or high.formula then
    problem.report_at(place, "E104 a range is two attributes that come in; %s is computed",
      low.formula and low.name or high.name)
    return
  elseif low.is_fact or high.is_fact then
    problem.report_at(place, "E104 a range is two attributes that come in; %s is a fact",
      low.is_fact and low.name or high.name)
    return
  elseif low.type ~= high.type or not compare.is_ordered(low.type) or low == high then
    problem.report_at(place, "E104 a range is two different integer, money, number, date or time "
      .. "attributes of one type; %s is %s, %s is %s", low.name, low.type, high.name, high.type)
    return
  end
  problem.check_fields(place, "range", pair, {}, 2)
  ranges[#ranges + 1] = { low = low.slot, high = high.slot }
end

--- What conditions are asked of, for something that has a name, a type and a slot.
function attribute.handle(fields)
  return make_handle(fields)
end

--- Stands in where a problem was reported, so that loading can go on.
function attribute.broken()
  return get_broken()
end

--- A declared attribute by name, or nil with a problem reported at `place`.
---@return Attribute?
function attribute.find(place, name)
  local fields = by_name[name]
  if not fields then
    note_unknown(name, problem.report_at(place, "E101 unknown attribute %s%s", object.show(name),
      problem.suggest(name, names, places)))
  end
  return fields
end

---@return Attribute?
function attribute.declared(name)
  return by_name[name]
end

--- Says of names that are no attributes what they are, when everything is declared.
---@param find fun(name: any): string? "it is a fact: write f.match"
function attribute.explain_unknown(find)
  for _, asked in ipairs(unknown) do
    local what = find(asked.name)
    if what then
      asked.entry.text = string.format("unknown attribute %s; %s", object.show(asked.name), what)
    end
  end
end

function attribute.plan()
  if not done then
    problem.report_at({ file = "vertical.lua", line = 1 },
      "E115 no attributes are declared: attributes { ... }")
  end
  return declared, ranges, computed
end

return attribute
