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

---@param value integer|moonsift.integer
---@return moonsift.condition
function integer:is_not(value) end

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

---@param value number|moonsift.money
---@return moonsift.condition
function money:is_not(value) end

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

--- A number with at most six decimals.
---@class (exact) moonsift.number: moonsift.attribute
local number = {}

---@param value number|moonsift.number
---@return moonsift.condition
function number:at_least(value) end

---@param value number|moonsift.number
---@return moonsift.condition
function number:at_most(value) end

---@param value number|moonsift.number
---@return moonsift.condition
function number:more_than(value) end

---@param value number|moonsift.number
---@return moonsift.condition
function number:less_than(value) end

---@param value number|moonsift.number
---@return moonsift.condition
function number:equals(value) end

---@param value number|moonsift.number
---@return moonsift.condition
function number:is_not(value) end

--- From `low` to `high`, both included.
---@param low number
---@param high number
---@return moonsift.condition
function number:between(low, high) end

--- The number for each one of a count, rounded half up; no value when the count is 0.
---@param count moonsift.integer
---@return moonsift.number
function number:per(count) end

--- How many whole `unit` are in it, rounded down.
---@param unit? integer 1 to 1000000
---@return moonsift.integer
function number:whole(unit) end

--- True or false.
---@class (exact) moonsift.boolean: moonsift.attribute
local boolean = {}

---@return moonsift.condition
function boolean:is_true() end

---@return moonsift.condition
function boolean:is_false() end

--- What all texts can be asked.
---@class (exact) moonsift.texts: moonsift.attribute
local texts = {}

--- Yes when it is this text, or one of these.
---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:is(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:is_not(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:one_of(value, ...) end

---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:not_one_of(value, ...) end

--- Yes when this text is somewhere in it; A-Z and a-z are the same.
---@param value string 1 to 200 bytes
---@return moonsift.condition
function texts:contains(value) end

--- Yes when one of these texts is somewhere in it; A-Z and a-z are the same.
---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:contains_any(value, ...) end

--- Yes when it starts with this text, or one of these; A-Z and a-z are the same.
---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:starts_with(value, ...) end

--- Yes when it ends with this text, or one of these; A-Z and a-z are the same.
---@param value string|string[]
---@param ... string
---@return moonsift.condition
function texts:ends_with(value, ...) end

--- Yes when the whole text fits a regular expression (PCRE2).
---@param pattern string
---@return moonsift.condition
function texts:matches(pattern) end

--- A text, compared exactly.
---@class (exact) moonsift.text: moonsift.texts
local text = {}

--- The last number that is written in it: 20 in "€15-20k".
---@return moonsift.integer
function text:last_number() end

--- An address that begins with http:// or https://.
---@class (exact) moonsift.url: moonsift.texts

--- An e-mail address in lower case.
---@class (exact) moonsift.email: moonsift.texts

--- A phone number like "+31612345678".
---@class (exact) moonsift.phone: moonsift.texts

--- A name on a platform like "@name".
---@class (exact) moonsift.handle: moonsift.texts

--- Anything, never changed; compared as text.
---@class (exact) moonsift.as_is: moonsift.texts

--- A day.
---@class (exact) moonsift.date: moonsift.attribute
local date = {}

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:on_or_after(value) end

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:before(value) end

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:after(value) end

---@param value string|moonsift.date "2025-02-01", or another date
---@return moonsift.condition
function date:on_or_before(value) end

--- From `low` to `high`, both included.
---@param low string
---@param high string
---@return moonsift.condition
function date:between(low, high) end

--- At most so many days before the clock; the future counts.
---@param days integer
---@return moonsift.condition
function date:within_days(days) end

--- More than so many days before the clock.
---@param days integer
---@return moonsift.condition
function date:older_than_days(days) end

--- A moment.
---@class (exact) moonsift.time: moonsift.attribute
local time = {}

---@param value string|moonsift.time "2025-02-01", "2025-02-01T14:20Z", or another time
---@return moonsift.condition
function time:on_or_after(value) end

---@param value string|moonsift.time "2025-02-01", "2025-02-01T14:20Z", or another time
---@return moonsift.condition
function time:before(value) end

--- Behind the whole day when only a day is given.
---@param value string|moonsift.time "2025-02-01", "2025-02-01T14:20Z", or another time
---@return moonsift.condition
function time:after(value) end

--- The whole day counts when only a day is given.
---@param value string|moonsift.time "2025-02-01", "2025-02-01T14:20Z", or another time
---@return moonsift.condition
function time:on_or_before(value) end

--- From `low` to `high`, both included.
---@param low string
---@param high string
---@return moonsift.condition
function time:between(low, high) end

--- At most so many days before the clock; the future counts.
---@param days integer
---@return moonsift.condition
function time:within_days(days) end

--- More than so many days before the clock.
---@param days integer
---@return moonsift.condition
function time:older_than_days(days) end
