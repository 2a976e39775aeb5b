-- The same 20 items as of list.lua, by a list that can be paged.
require "common"

function init()
   prepare(5000, function()
      return wrk.format("GET", "/categories/" .. math.random(5000) .. "/pages")
   end)
end
