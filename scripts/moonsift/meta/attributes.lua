---@meta
-- The kinds of attributes and what can be asked about each. Choices are not here: their classes are
-- made for each attribute, with its own values (choice.lua, choices.lua).

--- Something that is known about a contact.
---@class (exact) moonsift.attribute
local attribute = {}

--- Yes when there is a valid value. Never unknown.
---@return moonsift.condition
function attribute:present() end

--- Yes when there is no value, or an invalid one. Never unknown.
---@return moonsift.condition
function attribute:missing() end

--- A whole number.
---@class (exact) moonsift.integer: moonsift.attribute
local integer = {}

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:at_least(value) end

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:at_most(value) end

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:more_than(value) end

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:less_than(value) end

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:equals(value) end

--- From `low` to `high`, both included.
---@param low integer
---@param high integer
---@return moonsift.condition
function integer:between(low, high) end

--- The number for each one of a count, rounded half up; no value when the count is 0.
---@param count moonsift.integer
---@return moonsift.integer
function integer:per(count) end

--- How many whole `unit` are in it, rounded down.
---@param unit? integer 1 to 1000000
---@return moonsift.integer
function integer:whole(unit) end

--- An amount with at most two decimals.
---@class (exact) moonsift.money: moonsift.attribute
local money = {}

---@param value number|moonsift.money
---@return moonsift.condition
function money:at_least(value) end

---@param value number|moonsift.money
---@return moonsift.condition
function money:at_most(value) end

---@param value number|moonsift.money
---@return moonsift.condition
function money:more_than(value) end

---@param value number|moonsift.money
---@return moonsift.condition
function money:less_than(value) end

---@param value number|moonsift.money
---@return moonsift.condition
function money:equals(value) end

--- From `low` to `high`, both included.
---@param low number
---@param high number
---@return moonsift.condition
function money:between(low, high) end

--- The amount for each one of a count, rounded half up to cents; no value when the count is 0.
---@param count moonsift.integer
---@return moonsift.money
function money:per(count) end

--- How many whole `unit` are in it, rounded down: whole(10) counts tens.
---@param unit? integer 1 to 1000000
---@return moonsift.integer
function money:whole(unit) end

--- True or false.
---@class (exact) moonsift.boolean: moonsift.attribute
local boolean = {}

---@return moonsift.condition
function boolean:is_true() end

---@return moonsift.condition
function boolean:is_false() end

--- A text, compared exactly.
---@class (exact) moonsift.text: moonsift.attribute
local text = {}

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function text:is(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function text:is_not(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function text:one_of(value, ...) end

--- Yes when the whole text fits a regular expression (PCRE2).
---@param pattern string
---@return moonsift.condition
function text:matches(pattern) end

--- The last number that is written in it: 20 in "€15-20k".
---@return moonsift.integer
function text:last_number() end

--- Anything, never changed; compared as text.
---@class (exact) moonsift.as_is: moonsift.attribute
local as_is = {}

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function as_is:is(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function as_is:is_not(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function as_is:one_of(value, ...) end

--- A day.
---@class (exact) moonsift.date: moonsift.attribute
local date = {}

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:on_or_after(value) end

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:before(value) end

--- At most so many days before the clock; the future counts.
---@param days integer
---@return moonsift.condition
function date:within_days(days) end

--- More than so many days before the clock.
---@param days integer
---@return moonsift.condition
function date:older_than_days(days) end
