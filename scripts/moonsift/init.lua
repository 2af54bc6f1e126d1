--- Puts together what a vertical sees. core/lua runs this once per script, freezes the names and
--- runs the vertical's files with them as its only environment.
local attribute = require "moonsift.attribute"
local condition = require "moonsift.condition"
local custom = require "moonsift.custom"
local derive = require "moonsift.derive"
local fact = require "moonsift.fact"
local given = require "moonsift.given"
local host = require "moonsift.host"
local object = require "moonsift.object"
local operators = require "moonsift.operators"
local problem = require "moonsift.problem"
local rule = require "moonsift.rule"
local safe = require "moonsift.safe"
local score = require "moonsift.score"
local status = require "moonsift.status"
local types = require "moonsift.types"
local hints = require "moonsift.hints"
local plan = require "moonsift.plan"

local names = types.all()

condition.advice = operators.advice

local NESTED = 3 -- conditions stand in the cases of a status, at most

--- Declares `fn` under a name: the conditions in what it is given are asked from now on, and it is
--- given one value (at_least two).
local function declare(name, fn)
  local most = name == "at_least" and 2 or 1
  local instead = name == "fired" and 'write any { fired "...", fired "..." }'
    or "what it takes stands in one pair of braces"
  names[name] = function(...)
    for i = 1, select("#", ...) do
      condition.hand_over((select(i, ...)), NESTED)
    end
    local made = fn(...)
    given.at_most(name, most, instead, ...)
    return made
  end
end

declare("vertical", plan.vertical)
declare("attributes", attribute.attributes)
declare("range", attribute.range)
declare("facts", fact.facts)
declare("knowledge", fact.knowledge)
declare("rule", rule.rule)
declare("outcome", rule.outcome)
declare("group", score.group)
declare("score_range", score.range)
declare("fired", rule.fired)
declare("labels", rule.labels)
declare("derive", derive.derive)
declare("words", derive.words)
declare("status", status.status)
declare("all", condition.all)
declare("any", condition.any)
declare("none", condition.none)
declare("at_least", condition.at_least)
declare("custom", custom.custom)

names.score = condition.score
names.errors = condition.errors

names.null = host.null
names.array = host.array
names.type = safe.type
names.tostring = safe.tostring
names.tonumber = tonumber
names.error = safe.error
names.assert = safe.assert
names.select = select
names.ipairs = ipairs
names.pairs = safe.pairs
names.math = host.freeze(safe.math)
names.string = host.freeze(safe.string)
names.table = host.freeze(safe.table)
names.utf8 = host.freeze(safe.utf8)

local known = {}
for name in pairs(names) do
  known[#known + 1] = name
end
table.sort(known)

setmetatable(names, {
  __metatable = false,
  __index = function(_, name)
    problem.stop("E204", "there is no %s in rules%s", object.show(name), hints.name(name, known))
  end,
})

return {
  names = names,
  strings = safe.string,
  finish = plan.finish,
  partial = plan.partial,
  problems = problem.found,
}
