-- Mutants that decide the same as the vertical for every contact, each with the reason. A mutant
-- that the cases catch after all, or that is not made any more, has to leave this list.
local FIVES = "points are multiples of 5, so no score lies between the two"
local APART = "one asks for 70 points or more, the other for less than 30: never both"

return {
  recruitment = {
    ["O1: when = all { score:at_least(70), errors:none() }, -> "
      .. "when = all { score:at_least(69), errors:none() },"] = FIVES,
    ["O2: when = score:less_than(30), -> when = score:less_than(29),"] = FIVES,
    ['O3: when = all { a.urgency_level:is "high", score:at_least(80) }, -> '
      .. 'when = all { a.urgency_level:is "high", score:at_least(79) },'] = FIVES,
    ['lead_status: first { when = fired "O2", value = "unqualified" }'] = APART,
  },
  ecommerce = {
    ['E01: group = "orders", -> group = nil,'] = "the group adds up, as rules without a group do",
    ['E02: group = "orders", -> group = nil,'] = "the group adds up, as rules without a group do",
    ["O1: when = score:at_least(80), -> when = score:at_least(79),"] = FIVES,
  },
  business_setup = {
    ['B06: when = a.services_needed:contains "bank_account", -> '
      .. 'when = a.services_needed:contains_any "bank_account",'] = "all of one are any of one",
    ["O1: when = all { score:at_least(70), errors:none() }, -> "
      .. "when = all { score:at_least(69), errors:none() },"] = FIVES,
    ["O2: when = score:less_than(30), -> when = score:less_than(29),"] = FIVES,
    ['lead_status: first { when = fired "O2", value = "unqualified" }'] = APART,
  },
}
