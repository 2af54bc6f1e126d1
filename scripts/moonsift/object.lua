--- Values that a vertical can hold and pass on, but neither look into nor change.
local problem = require "moonsift.problem"

local object = {}

local inside = {} -- object -> its fields
local kinds = {} -- object -> "condition", "attribute", ...
local closed = false

--- Ends declaring: from now on a function of the vertical can make no new objects.
function object.close()
  closed = true
end

--- Raises when the vertical is loaded already.
---@param what string
function object.check_open(what)
  if closed then
    problem.stop("E208", "%s is declared while the vertical loads, not inside a function", what)
  end
end

local EVENTS = { __eq = "==", __lt = "<", __le = "<=", __add = "+", __sub = "-", __mul = "*",
  __div = "/", __mod = "%", __pow = "^", __unm = "-", __idiv = "//", __concat = "..", __len = "#",
  __band = "&", __bor = "|", __bxor = "~", __bnot = "~", __shl = "<<", __shr = ">>" }
local on_operator

--- What answers an operator on any object: the operator and both sides.
---@param answer fun(operator: string, left: any, right: any): any
function object.answer_operators(answer)
  on_operator = answer
end

local function add_operators(meta)
  for event, operator in pairs(EVENTS) do
    meta[event] = function(left, right)
      return on_operator(operator, left, right)
    end
  end
end

--- Defines a kind of object. `index` answers obj.key, `call` answers obj(...).
---@param kind string
---@param index? fun(fields: table, key: any, self: table): any
---@param call? fun(fields: table, ...): any
---@return fun(fields: table): table make
function object.kind(kind, index, call)
  local meta = {
    __metatable = false,
    __name = kind,
    __index = function(self, key)
      if index then
        return index(inside[self], key, self)
      end
      problem.report("E105 %s has no %s", kind, problem.show(key))
      return nil
    end,
    __newindex = function(_, key)
      problem.stop("E208", "%s cannot be set in this %s", problem.show(key), kind)
    end,
    __call = call and function(self, ...)
      return call(inside[self], ...)
    end or nil,
  }
  add_operators(meta)
  return function(fields)
    object.check_open("a " .. kind)
    local self = setmetatable({}, meta)
    inside[self] = fields
    kinds[self] = kind
    return self
  end
end

--- "condition", "attribute", "type", ...; nil for a plain value.
---@return string?
function object.kind_of(value)
  return value ~= nil and kinds[value] or nil
end

--- The fields of an object of this kind, or nil when it is none.
---@return table?
function object.open(value, kind)
  return object.kind_of(value) == kind and inside[value] or nil
end

--- A value in words for a message.
---@return string
function object.show(value)
  local kind = object.kind_of(value)
  if not kind then
    return problem.show(value)
  end
  return (string.find(kind, "^[aeiou]") and "an " or "a ") .. kind
end

return object
