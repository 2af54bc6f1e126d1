---@class (exact) VERTICAL.NAME: moonsift.attribute
local choice = {}

---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choice:is(value, ...) end

---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choice:is_not(value, ...) end

---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choice:one_of(value, ...) end

---@param value VERTICAL.NAME.value|VERTICAL.NAME.value[]
---@param ... VERTICAL.NAME.value
---@return moonsift.condition
function choice:not_one_of(value, ...) end
