-- Requests of all kinds at the shop of support/shop.py, right and wrong ones.
local json = {["Content-Type"] = "application/json"}
local kinds = {
   function(n) return wrk.format("GET", "/items/" .. n % 250 + 1) end,
   function(n) return wrk.format("GET", "/items?limit=20") end,
   function(n) return wrk.format("GET", "/items/" .. n % 250 + 1, {["If-None-Match"] = "*"}) end,
   function(n) return wrk.format("GET", "/large", {["Accept-Encoding"] = "gzip"}) end,
   function(n) return wrk.format("GET", "/items/99999999") end,
   function(n) return wrk.format("GET", "/items/no-number?and=" .. n) end,
   function(n) return wrk.format("GET", "/nowhere/" .. n) end,
   function(n) return wrk.format("OPTIONS", "/items") end,
   function(n) return wrk.format("PUT", "/items/" .. n % 250 + 1, json,
                                 '{"name": "changed ' .. n .. '", "price": 2, "state": "new"}') end,
   function(n) return wrk.format("POST", "/items", json, '{"name": "", "price": "-1"}') end,
   function(n) return wrk.format("POST", "/items", json, '{"name": [' .. n) end,
   function(n) return wrk.format("POST", "/items/1/reviews", json,
                                 '{"author": "one", "stars": 3}') end,
   function(n) return wrk.format("DELETE", "/items/88888888") end,
   function(n) return wrk.format("GET", "/health") end,
}
local number = 0

function request()
   number = number + 1
   return kinds[number % #kinds + 1](number)
end
