---@meta
-- Conditions: what editors know about them. The words are explained in scripts/moonsift/README.md.

--- Yes, no or unknown about a contact. Join conditions with `all`, `any`, `none` and `at_least`.
---@class (exact) moonsift.condition

--- Yes when all are yes; no when one is no.
---@param list moonsift.condition[]
---@return moonsift.condition
function all(list) end

--- Yes when one is yes; no when all are no.
---@param list moonsift.condition[]
---@return moonsift.condition
function any(list) end

--- Yes when all are no; no when one is yes.
---@param list moonsift.condition[]
---@return moonsift.condition
function none(list) end

--- Yes when `count` of them are yes.
---@param count integer 1 to the number of conditions
---@param list moonsift.condition[]
---@return moonsift.condition
function at_least(count, list) end

--- Asks for a rule that stands before this line.
---@param id string
---@return moonsift.condition
function fired(id) end

--- What conditions cannot say. The function is not called while an attribute that it reads is
--- missing: the answer is then unknown.
---@class (exact) moonsift.custom
---@field reads moonsift.attribute[] attributes, not computed numbers
---@field says string the condition in words
---@field fn fun(v: table<string, any>, today: integer): any true, false or nil; in `derive` a value

---@param fields moonsift.custom
---@return moonsift.condition
function custom(fields) end

--- The score in points (10 points are 1.0), for outcomes.
---@class (exact) moonsift.score
score = {}

---@param points integer
---@return moonsift.condition
function score:at_least(points) end

---@param points integer
---@return moonsift.condition
function score:at_most(points) end

---@param points integer
---@return moonsift.condition
function score:more_than(points) end

---@param points integer
---@return moonsift.condition
function score:less_than(points) end

---@param points integer
---@return moonsift.condition
function score:equals(points) end

--- Whether something that was entered is invalid, for outcomes.
---@class (exact) moonsift.errors
errors = {}

---@return moonsift.condition
function errors:none() end

---@return moonsift.condition
function errors:any() end
