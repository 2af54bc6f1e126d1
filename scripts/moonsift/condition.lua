--- Conditions as values: all, any, none, at_least, custom, fired, score and errors.
---
--- A condition is a tree of nodes that core/lua compiles; none of it runs here. Logic is Kleene's:
--- what is not known is neither yes nor no.
local given = require "moonsift.given"
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local condition = {}

local MAX_NODES = 4096
local MAX_DEPTH = 30

---@class Node
---@field op string
---@field cmp? "lt"|"le"|"eq"|"ne"|"ge"|"gt"
---@field slot? integer from 1
---@field slot2? integer
---@field a? integer
---@field choices? integer[] places in the attribute's list, from 1
---@field texts? string[]
---@field children? Node[]
---@field nodes integer size of the tree
---@field depth integer
---@field sees_score? boolean only an outcome may use it
---@field sees_outcome? string id of an outcome rule that it asks for
---@field broken? boolean a problem was reported already
---@field used? boolean something asks it
---@field place Place
---@field says? string how it is written, "age:at_least(...)"

local made = {} ---@type Node[] each has to be asked by something

local make = object.kind("condition", function(fields, key)
  fields.used = true
  if not fields.broken then
    problem.report("E105 a condition has no %s; join conditions with all { ... }, any { ... } or "
      .. "none { ... }", problem.show(key))
  end
  return condition.broken
end)

local function keep(node)
  node.place = problem.here()
  made[#made + 1] = node
  return make(node)
end

--- A condition from one node.
---@param node table
function condition.leaf(node)
  node.nodes, node.depth = 1, 1
  return keep(node)
end

--- Stands in where a problem was reported, so that loading can go on.
function condition.broken()
  return condition.leaf { op = "all", children = {}, broken = true }
end

---@return Node?
function condition.open(value)
  return object.open(value, "condition")
end

--- What to say of a value that is no condition: "; way out", or nil when it was said already.
--- operators.lua puts its own here.
---@param place Place of the value
---@param declaration Place
---@param value any
---@return string?
function condition.advice(place, declaration, value) -- luacheck: ignore
  return ""
end

--- The condition, with how it is written.
---@param value any
---@param says string
function condition.named(value, says)
  local node = condition.open(value)
  if node then
    node.says = says
  end
  return value
end

--- All conditions in what a declaration is given are asked: where one does not belong, the
--- declaration says so itself.
---@param value any
---@param depth integer of lists inside each other
function condition.hand_over(value, depth)
  local node = condition.open(value)
  if node then
    node.used = true
  elseif type(value) == "table" and depth > 0 and not object.kind_of(value) then
    for _, item in next, value do
      condition.hand_over(item, depth - 1)
    end
  end
end

local function is_dropped(node)
  return not node.used and not node.broken
end

--- True or false stands here because Lua's `not`, `==` or `and` made it of a condition: what is
--- said of the value is enough.
---@param place Place of the declaration
---@param value any
function condition.forgive(place, value)
  local i = #made
  while type(value) == "boolean" and i > 0 and made[i].place.file == place.file
    and made[i].place.line >= place.line do
    made[i].used = true
    i = i - 1
  end
end

--- Every condition that was written has to be asked by something.
function condition.check_used()
  for _, node in ipairs(made) do
    if is_dropped(node) and not host.is_overwritten(node.place.file, node.place.line) then
      problem.report_at(node.place, "E121 %s is asked by nothing; Lua's and, or, not, == and if "
        .. "drop conditions: join them with all { ... }, any { ... } or none { ... }",
        node.says or node.op)
    end
  end
  made = {}
end

local function take_children(place, noun, list)
  local children, places = {}, nil
  if type(list) ~= "table" or object.kind_of(list) then
    problem.report_at(place, "E111 %s takes a list of conditions: %s { ..., ... }; it has %s", noun,
      noun, object.show(list))
    return children
  end
  problem.check_fields(place, noun, list, {}, math.huge)
  for i = 1, #list do
    local node = condition.open(list[i])
    if node then
      node.used = true
      children[#children + 1] = node
    else
      condition.forgive(place, list[i])
      places = places or problem.entries(place)
      local at = places[i] or place
      local advice = condition.advice(at, place, list[i])
      if advice then
        problem.report_at(at, "E111 %s: item %d is %s, not a condition%s", noun, i,
          object.show(list[i]), advice)
      end
      children[#children + 1] = condition.open(condition.broken())
    end
  end
  if #list == 0 then
    problem.report_at(place, "E111 %s { } is empty: it needs at least one condition", noun)
  end
  return children
end

local function join(op, noun, list, count)
  local place = problem.here(noun)
  local node = { op = op, a = count, children = take_children(place, noun, list), depth = 1 }
  local nodes, depth = 1, 0
  for _, child in ipairs(node.children) do
    nodes = nodes + child.nodes
    depth = math.max(depth, child.depth)
    node.sees_score = node.sees_score or child.sees_score
    node.sees_outcome = node.sees_outcome or child.sees_outcome
    node.broken = node.broken or child.broken
  end
  if nodes > MAX_NODES or depth >= MAX_DEPTH then
    problem.report_at(place, "E112 %s: the condition is too large (%d parts, at most %d deep and "
      .. "%d in "
      .. "all)", noun, nodes, MAX_DEPTH, MAX_NODES)
    return condition.broken()
  end
  node.nodes, node.depth, node.says = nodes, depth + 1, noun .. " { ... }"
  return keep(node)
end

--- Yes when all are yes; no when one is no.
---@param list table[] conditions
---@return table condition
function condition.all(list)
  return join("all", "all", list)
end

--- Yes when one is yes; no when all are no.
---@param list table[] conditions
---@return table condition
function condition.any(list)
  return join("any", "any", list)
end

--- Yes when all are no; no when one is yes.
---@param list table[] conditions
---@return table condition
function condition.none(list)
  return join("none", "none", list)
end

--- Yes when `count` of them are yes.
---@param count integer
---@param list table[] conditions
---@return table condition
function condition.at_least(count, list)
  local size = type(list) == "table" and #list or 0
  if math.type(count) ~= "integer" or count < 1 or count > size then
    problem.report("E103 at_least(n, { ... }) needs a whole number from 1 to the number of "
      .. "conditions "
      .. "(%d); it has %s", size, object.show(count))
    return condition.broken()
  end
  return join("at_least", "at_least", list, count)
end

--- `score`: points after clamping; outcome rules only.
local function score_condition(cmp)
  return function(_, points)
    if not math.tointeger(points) then
      problem.report("E103 score is compared with whole points (score 7.0 is 70 points); not "
        .. "with %s",
        object.show(points))
      return condition.broken()
    end
    return condition.leaf { op = "score", cmp = cmp, a = math.tointeger(points), sees_score = true }
  end
end

local score_methods = {
  at_least = score_condition "ge",
  at_most = score_condition "le",
  more_than = score_condition "gt",
  less_than = score_condition "lt",
  equals = score_condition "eq",
}

local function errors_condition(wanted)
  return function()
    return condition.leaf { op = "errors", a = wanted, sees_score = true }
  end
end

local errors_methods = { none = errors_condition(0), any = errors_condition(1) }

--- What has conditions but is no attribute.
---@param what string
---@param most integer values that one of them takes
---@param methods table<string, function>
local function methods_of(what, most, methods)
  local names = {}
  for name in pairs(methods) do
    names[#names + 1] = name
  end
  table.sort(names)
  return object.kind(what, function(_, key)
    local method = methods[key]
    if method then
      return function(self, ...)
        given.at_most(what .. ":" .. key, most, nil, ...)
        return condition.named(method(self, ...), what .. ":" .. key .. "(...)")
      end
    end
    problem.report("E105 %s has no condition %s; it has %s%s", what, problem.show(key),
      table.concat(names, ", "), problem.suggest(key, names))
    return condition.broken
  end)({})
end

condition.score = methods_of("score", 1, score_methods)
condition.errors = methods_of("errors", 0, errors_methods)

return condition
