--- How points become the score: groups of rules that count together, and what the whole may be.
--- `group { "budget", says = "...", counts = "highest" }`, `score_range { min = 0, max = 100 }`
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local score = {}

local MAX_GROUPS = 32
local MAX_LIMIT = 1000000
local COUNTS = { "sum", "highest" }

local groups, index_of, names, places = {}, {}, {}, {}
local range

--- A limit in points, or nil when there is none.
local function take_limit(place, what, fields, name)
  local value = fields[name]
  if value == nil then
    return nil
  end
  local points = type(value) == "number" and math.tointeger(value)
  if not points or math.abs(points) > MAX_LIMIT then
    problem.report_at(problem.field(place, name), "E110 %s: %s is a whole number of points (10 "
      .. "points are 1.0 of the score), at most %d; it is %s", what, name, MAX_LIMIT,
      object.show(value))
    return nil
  end
  return points
end

--- A group without a rule that fired counts 0, whatever its limits.
local function check_limits(place, what, fields)
  if fields.min and fields.min > 0 then
    problem.report_at(place, "E131 %s counts 0 when none of its rules fired, so min is at most 0; "
      .. "it is %d", what, fields.min)
  elseif fields.max and fields.max < 0 then
    problem.report_at(place, "E131 %s counts 0 when none of its rules fired, so max is at least 0; "
      .. "it is %d", what, fields.max)
  end
end

local function take_counts(place, what, counts)
  for _, known in ipairs(COUNTS) do
    if counts == known then
      return counts
    end
  end
  problem.report_at(problem.field(place, "counts"), 'E110 %s needs counts, "sum" (the points '
    .. 'add up) or "highest" (only the '
    .. "rule with the most points counts); it has %s%s", what, object.show(counts),
    problem.suggest(counts, COUNTS))
  return "sum"
end

---@class GroupFields
---@field [1] string its name
---@field says string why they count together
---@field counts "sum"|"highest" all that fired add up, or only the one with the most points counts
---@field max? integer points that the group counts at most
---@field min? integer points that it counts at least (0 or less)

--- Rules that count together: `rule { ..., group = "budget" }` puts one in.
---@param fields GroupFields
function score.group(fields)
  object.check_open("a group")
  local place = problem.here "group"
  local name = type(fields) == "table" and not object.kind_of(fields) and fields[1]
  if type(name) ~= "string" or name == "" or not problem.is_storable(name) then
    problem.report_at(place, 'E111 group { "name", says = "...", counts = "sum" }: its name is %s',
      object.show(name or nil))
    return
  end
  local what = 'group "' .. name .. '"'
  problem.check_fields(place, what, fields, { "says", "counts", "max", "min" }, 1)
  if index_of[name] then
    problem.report_at(place, "E108 %s is declared twice, first at %s", what,
      problem.place_text(places[name]))
    return
  end
  local declared = {
    name = name,
    says = problem.text_field(place, what, fields, "says"),
    highest = take_counts(place, what, fields.counts) == "highest",
    max = take_limit(place, what, fields, "max"),
    min = take_limit(place, what, fields, "min"),
    line = place.line,
  }
  check_limits(place, what, declared)
  groups[#groups + 1] = declared
  index_of[name], places[name] = #groups, place
  names[#names + 1] = name
  if #groups == MAX_GROUPS + 1 then
    problem.report_at(place, "E112 a vertical has at most %d groups", MAX_GROUPS)
  end
end

--- The place of a group among all, or nil with a problem reported at `place`.
---@param place Place
---@param what string
---@param name string
---@return integer?
function score.find_group(place, what, name)
  local index = index_of[name]
  if not index then
    problem.report_at(problem.field(place, "group"),
      'E130 %s: no group { "%s", ... } is declared%s', what, name,
      problem.suggest(name, names, places))
  end
  return index
end

---@class ScoreRangeFields
---@field min? integer points, 0 unless said
---@field max? integer points, 100 unless said
---@field attribute? string where the score is stored, "qualification_score" unless said

--- Between what the whole score lies, whatever the rules come to, and where it is stored.
---@param fields ScoreRangeFields
function score.range(fields)
  object.check_open("score_range")
  local place = problem.here "score_range"
  if range or type(fields) ~= "table" or object.kind_of(fields) then
    problem.report_at(place, range and "E108 score_range is declared once"
      or "E111 score_range { min = 0, max = 100 }")
    return
  end
  problem.check_fields(place, "score_range", fields, { "min", "max", "attribute" })
  range = {
    min = take_limit(place, "score_range", fields, "min") or 0,
    max = take_limit(place, "score_range", fields, "max") or 100,
    attribute = problem.optional_text(place, "score_range", fields, "attribute"),
  }
  if range.min >= range.max then
    problem.report_at(place, "E106 score_range: min (%d) is not below max (%d)", range.min,
      range.max)
  end
end

--- The groups, and the range with the attribute for the score.
function score.plan()
  range = range or { min = 0, max = 100 }
  range.attribute = range.attribute or "qualification_score"
  return groups, range
end

--- The groups of a vertical with mistakes: which rules count together, without limits.
function score.partial()
  local list = {}
  for i, declared in ipairs(groups) do
    list[i] = { name = declared.name, says = declared.says, highest = declared.highest,
      line = declared.line }
  end
  return list
end

--- The place of a group by name or by place, for a vertical with mistakes; nil when it is none.
---@param group any
---@return integer?
function score.known_group(group)
  return index_of[group] or groups[group] and group
end

return score
