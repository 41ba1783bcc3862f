-- Requests from a file, one after another: METHOD, PATH, TOKEN and BODY of each line, separated by tabs. Starts again at
-- the top. Without a file the address itself is asked for. Prints what happened as one line of JSON.
local requests, number = {}, 0

function init(arguments)
  if not arguments[1] then requests[1] = wrk.format() return end
  for line in io.lines(arguments[1]) do
    local method, path, token, body = line:match("([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  number = number + 1
  return requests[(number - 1) % #requests + 1]
end

function done(summary, latency, all)
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p95":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
