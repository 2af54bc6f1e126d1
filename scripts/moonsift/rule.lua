--- Rules, outcomes and labels, and `fired "R01"` that asks for an earlier rule.
local condition = require "moonsift.condition"
local object = require "moonsift.object"
local problem = require "moonsift.problem"
local score = require "moonsift.score"

local rule = {}

local MAX_RULES = 256
local MAX_LABELS = 64
local MAX_POINTS = 10000
local MOST_SUGGESTED = 4
local RULE_FIELDS = { "id", "name", "points", "when", "because", "label", "group" }
local OUTCOME_FIELDS = { "id", "name", "when", "because", "label" }

local scoring, outcomes = {}, {}
local by_id, ids, places = {}, {}, {}
local labels, label_by_title, label_titles
local label_places = {}

local function take_points(place, what, fields)
  local points = math.tointeger(fields.points)
  if type(fields.points) ~= "number" or not points or math.abs(points) > MAX_POINTS then
    problem.report_at(problem.field(place, "points"), "E110 %s needs points, a whole number from "
      .. "-%d to %d (10 points are 1.0 of the score); it has %s", what, MAX_POINTS, MAX_POINTS,
      object.show(fields.points))
    return 0
  end
  return points
end

local function take_condition(place, what, value, outcome)
  local node = condition.open(value)
  if not node then
    condition.forgive(place, value)
    local at = problem.field(place, "when")
    local advice = condition.advice(at, place, value)
    if advice then
      problem.report_at(at, "E110 %s needs when, a condition; it has %s%s", what,
        object.show(value), advice)
    end
    return condition.open(condition.broken())
  elseif not outcome and node.sees_score then
    problem.report_at(place, "E114 %s makes the score, so it cannot ask for score or errors; an "
      .. "outcome "
      .. "{ ... } can", what)
  elseif not outcome and node.sees_outcome then
    problem.report_at(place, 'E114 %s comes before the outcomes, so it cannot ask for fired "%s"',
      what, node.sees_outcome)
  end
  return node
end

local function take_id(place, noun, fields)
  local id = problem.text_field(place, noun, fields, "id")
  if by_id[id] then
    problem.report_at(problem.field(place, "id"),
      'E108 %s "%s" is declared twice, first at %s', noun, id, problem.place_text(places[id]))
  end
  return id
end

local function declare(noun, allowed, fields, list)
  object.check_open("a " .. noun)
  local place = problem.here(noun)
  if type(fields) ~= "table" or object.kind_of(fields) then
    problem.report_at(place, 'E111 %s { id = "...", when = ..., because = "..." }', noun)
    return
  end
  local what = type(fields.id) == "string" and noun .. ' "' .. fields.id .. '"' or "a " .. noun
  problem.check_fields(place, what, fields, allowed)
  local id = take_id(place, noun, fields)
  local declared = {
    id = id,
    outcome = noun == "outcome",
    name = problem.optional_text(place, what, fields, "name"),
    because = problem.text_field(place, what, fields, "because"),
    points = noun == "rule" and take_points(place, what, fields) or 0,
    condition = take_condition(place, what, fields.when, noun == "outcome"),
    label = problem.optional_text(place, what, fields, "label"),
    group = noun == "rule" and problem.optional_text(place, what, fields, "group") or nil,
    place = place,
    line = place.line,
  }
  list[#list + 1] = declared
  by_id[id], places[id] = declared, place
  ids[#ids + 1] = id
end

---@class RuleFields what `rule` and, but for points, `outcome` take
---@field id string stable: decisions and differences name it
---@field name? string for people
---@field points integer tenths of the score
---@field when table a condition
---@field because string one sentence
---@field label? string title of a label in labels { ... }
---@field group? string name of a group { ... } that its points count in

--- A scoring rule: adds its points when its condition is yes.
---@param fields RuleFields
function rule.rule(fields)
  declare("rule", RULE_FIELDS, fields, scoring)
end

--- An outcome: judged when the score is known; it gives a label or a status.
---@param fields RuleFields
function rule.outcome(fields)
  declare("outcome", OUTCOME_FIELDS, fields, outcomes)
end

--- The truth of an earlier rule.
---@param id string
---@return table condition
function rule.fired(id)
  object.check_open("fired")
  local declared = by_id[id]
  if not declared then
    problem.report("E113 no rule %s stands before this line%s", object.show(id),
      problem.suggest(id, ids, places))
    return condition.broken()
  end
  return condition.leaf { op = "fired", rule = declared, sees_outcome = declared.outcome and id,
    says = 'fired "' .. id .. '"' }
end

local function declare_label(at, entry)
  local title = type(entry) == "table" and not object.kind_of(entry) and entry[1]
  if type(title) ~= "string" or title == "" or not problem.is_storable(title) then
    problem.report_at(at, 'E303 a label is written { "title", colour = "#10b981", says = '
      .. '"..." }; '
      .. "found %s", object.show(entry))
    return
  end
  local what = 'label "' .. title .. '"'
  problem.check_fields(at, what, entry, { "colour", "says", "sidebar" }, 1)
  if label_by_title[title] then
    problem.report_at(at, "E302 %s is declared twice", what)
    return
  end
  local colour = problem.text_field(at, what, entry, "colour")
  if colour ~= "" and not string.find(colour, "^#%x%x%x%x%x%x$") then
    problem.report_at(problem.field(at, "colour"),
      'E303 %s: colour is like "#10b981", not %s', what, object.show(colour))
  end
  if entry.sidebar ~= nil and type(entry.sidebar) ~= "boolean" then
    problem.report_at(problem.field(at, "sidebar"), "E303 %s: sidebar is true or false", what)
  end
  labels[#labels + 1] = {
    title = title,
    colour = colour,
    description = problem.text_field(at, what, entry, "says"),
    sidebar = entry.sidebar == true,
    owned = false,
    line = at.line,
  }
  label_places[title] = at
  label_by_title[title] = #labels
  label_titles[#label_titles + 1] = title
end

--- The labels of this vertical, in the order in which they are shown:
--- labels { { "hot-lead", colour = "#f59e0b", says = "...", sidebar = true }, ... }
---@param list table[]
function rule.labels(list)
  object.check_open("labels")
  local place = problem.here "labels"
  if labels or type(list) ~= "table" or object.kind_of(list) then
    problem.report_at(place, labels and "E108 labels are declared once, in one list"
      or 'E111 labels { { "title", colour = "#10b981", says = "..." }, ... }')
    return
  end
  labels, label_by_title, label_titles = {}, {}, {}
  problem.check_entries(place, "labels", list, '{ "%s", colour = "#10b981", says = "..." }')
  problem.check_items(place, "labels", list, math.huge)
  local at = problem.entries(place)
  for i = 1, #list do
    declare_label(problem.entry_place(at[i] or place, list[i]), list[i])
  end
  if #labels > MAX_LABELS then
    problem.report_at(place, "E303 a vertical has at most %d labels; this one has %d", MAX_LABELS,
      #labels)
  end
end

--- Chatwoot holds no title in capitals, so that it is the other one that is to change.
local function suggest_label(title)
  local capital
  for _, known in ipairs(label_titles) do
    capital = known ~= title and string.lower(known) == string.lower(title) and known or capital
  end
  if capital and string.lower(title) == title then
    return string.format('; "%s" (%s) differs in its capitals, which a title does not have: write '
      .. '"%s" there', capital, problem.place_text(label_places[capital]), title)
  end
  local advice = problem.suggest(title, label_titles, label_places)
  if advice == "" and #label_titles > 0 and #label_titles <= MOST_SUGGESTED then
    return "; there are " .. table.concat(label_titles, ", ")
  end
  return advice
end

local function resolve_label(declared)
  local index = label_by_title[declared.label]
  if index then
    labels[index].owned = true
    return index
  end
  problem.report_at(problem.field(declared.place, "label"),
    'E301 label "%s" is not in labels { ... }%s', declared.label, suggest_label(declared.label))
  return nil
end

--- Rules in the order of judging, scoring rules first, and the labels.
function rule.plan()
  labels, label_by_title, label_titles = labels or {}, label_by_title or {}, label_titles or {}
  local rules = {}
  for _, list in ipairs { scoring, outcomes } do
    for _, declared in ipairs(list) do
      rules[#rules + 1] = declared
      declared.order = #rules
      declared.label = declared.label and resolve_label(declared)
      local what = 'rule "' .. declared.id .. '"'
      declared.group = declared.group
        and (score.find_group(declared.place, what, declared.group) or 0)
    end
  end
  if #rules == 0 or #rules > MAX_RULES then
    problem.report_at(rules[1] and rules[1].place or { file = "vertical.lua", line = 1 },
      "E112 a vertical has 1 to %d rules; this one has %d", MAX_RULES, #rules)
  end
  return rules, labels
end

-- No part of it had a problem, and the rules it asks for are among those that are kept.
local function is_whole(node)
  if node.broken or (node.op == "compare_slots" and not node.slot2)
    or (node.op == "fired" and not node.rule.order) then
    return false
  end
  for _, child in ipairs(node.children or {}) do
    if not is_whole(child) then
      return false
    end
  end
  return true
end

--- The rules that can be understood in a vertical with mistakes, without their labels.
function rule.partial()
  local rules = {}
  for _, declared in pairs(by_id) do
    declared.order = nil
  end
  for _, list in ipairs { scoring, outcomes } do
    for _, declared in ipairs(list) do
      local group = declared.group and score.known_group(declared.group)
      if declared.id ~= "" and by_id[declared.id] == declared and is_whole(declared.condition)
        and (group or not declared.group) then
        rules[#rules + 1] = declared
        declared.order, declared.label, declared.group = #rules, nil, group
      end
    end
  end
  return rules
end

return rule
