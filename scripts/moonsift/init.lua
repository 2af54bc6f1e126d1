--- Puts together what a vertical sees. core/lua runs this once per script, freezes the names and
--- runs the vertical's files with them as its only environment.
local attribute = require "moonsift.attribute"
local condition = require "moonsift.condition"
local custom = require "moonsift.custom"
local derive = require "moonsift.derive"
local fact = require "moonsift.fact"
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

names.vertical = plan.vertical
names.attributes = attribute.attributes
names.range = attribute.range
names.facts = fact.facts
names.knowledge = fact.knowledge
names.rule = rule.rule
names.outcome = rule.outcome
names.group = score.group
names.score_range = score.range
names.fired = rule.fired
names.labels = rule.labels
names.derive = derive.derive
names.words = derive.words
names.status = status.status
names.all = condition.all
names.any = condition.any
names.none = condition.none
names.at_least = condition.at_least
names.score = condition.score
names.errors = condition.errors
names.custom = custom.custom

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
