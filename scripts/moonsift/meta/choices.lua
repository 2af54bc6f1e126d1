---@class (exact) VERTICAL.NAME: moonsift.attribute
local choices = {}

--- Yes when all the values are in the list.
---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choices:contains(value, ...) end

--- Yes when one of the values is in the list.
---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choices:contains_any(value, ...) end

--- Yes when the list has at least so many values.
---@param count integer
---@return moonsift.condition
function choices:count_at_least(count) end

--- Yes when the list has at most so many values.
---@param count integer
---@return moonsift.condition
function choices:count_at_most(count) end
