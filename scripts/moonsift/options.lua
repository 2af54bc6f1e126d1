--- What an attribute says of itself beside its type: personal, otherwise, deprecated, columns.
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"
local types = require "moonsift.types"

local options = {}

local MAX_COLUMNS = 32
local NAMES = { "says", "personal", "otherwise", "deprecated", "columns" }

local function read_flag(place, what, entry, name)
  if entry[name] ~= nil and type(entry[name]) ~= "boolean" then
    problem.report_at(place, "E110 %s: %s is true or false; it is %s", what, name,
      object.show(entry[name]))
  end
  return entry[name] == true
end

--- What rules see while the attribute is absent, as it would come in.
local function read_default(place, what, entry, fields)
  local value = entry.otherwise
  if value == nil or fields.broken then
    return nil
  elseif fields.type == "choices" and type(value) == "table" and not object.kind_of(value) then
    problem.check_fields(place, what .. ": otherwise", value, {}, math.huge)
    value = host.array(table.move(value, 1, #value, 1, {}))
  end
  local number, text
  if object.kind_of(value) then
    text = "not a value"
  elseif value == host.null or value == "" then
    text = "nothing; without a default leave it out"
  else
    number, text = types.take(fields, value)
  end
  if not number then
    problem.report_at(place, "E119 %s: otherwise = %s: %s", what, object.show(value), text)
    return nil
  end
  return value
end

local function read_columns(place, what, entry)
  local list, columns = entry.columns, {}
  if list == nil then
    return nil
  elseif type(list) ~= "table" or object.kind_of(list) or #list == 0 then
    problem.report_at(place, 'E120 %s: columns is a list of names: columns = { "Budget" }; it is '
      .. "%s", what, object.show(list))
    return nil
  elseif #list > MAX_COLUMNS then
    problem.report_at(place, "E112 %s: at most %d columns; there are %d", what, MAX_COLUMNS, #list)
    return nil
  end
  problem.check_fields(place, what .. ": columns", list, {}, math.huge)
  problem.check_holes(place, what .. ": columns", list)
  for i, name in ipairs(list) do
    if type(name) ~= "string" or options.column_key(name) == "" or #name > 255
      or not problem.is_storable(name) then
      problem.report_at(place, "E120 %s: column %d is a name in quotes with letters or digits; it "
        .. "is %s", what, i, object.show(name))
    else
      columns[#columns + 1] = name
    end
  end
  return columns
end

--- What counts when names of columns are compared.
---@param name string
---@return string
function options.column_key(name)
  return (string.gsub(string.lower(name), "[ _.-]", ""))
end

--- Reads them from the entry of an attribute whose type is in `fields` already.
---@param place Place
---@param entry table
---@param fields Attribute
function options.read(place, entry, fields)
  local what = 'attribute "' .. fields.name .. '"'
  problem.check_fields(place, what, entry, NAMES, 2)
  fields.says = problem.optional_text(place, what, entry, "says")
  fields.personal = read_flag(place, what, entry, "personal")
  fields.otherwise = read_default(place, what, entry, fields)
  fields.deprecated = problem.optional_text(place, what, entry, "deprecated")
  fields.columns = read_columns(place, what, entry)
end

--- When all are declared: no two have the same name of a column, and none that of an attribute.
---@param declared Attribute[]
function options.check_columns(declared)
  local owners = {}
  for _, fields in ipairs(declared) do
    owners[options.column_key(fields.name)] = fields
  end
  for _, fields in ipairs(declared) do
    for _, name in ipairs(fields.columns or {}) do
      local owner = owners[options.column_key(name)]
      if owner then
        problem.report_at(problem.near(fields.place, name),
          'E120 attribute "%s": column "%s" is a name of "%s" already (%s)', fields.name, name,
          owner.name, problem.place_text(owner.place))
      end
      owners[options.column_key(name)] = owner or fields
    end
  end
end

return options
