-- What wrk sends, and one line of numbers in the end: requests, microseconds, failures, then the
-- 50th, 95th and 99th percentile of the latency in microseconds.
wrk.method = os.getenv("LOAD_METHOD") or "GET"
wrk.body = os.getenv("LOAD_BODY")

done = function(summary, latency)
  local errors = summary.errors
  local failures = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("LOAD %d %d %d %d %d %d\n", summary.requests, summary.duration, failures,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
