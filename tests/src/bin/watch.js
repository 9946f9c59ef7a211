const [addresses, each, done] = arguments;
const told = [];
let left = addresses.length;

async function tell(place, opened, seen) {
  const bytes = new TextEncoder().encode(seen.join(""));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  told[place] = { opened, count: seen.length, digest: Array.from(new Uint8Array(digest)) };
  left -= 1;
  if (left === 0) done(told);
}

for (const [place, address] of addresses.entries()) {
  const source = new EventSource(address);
  const seen = [];
  let [opened, last] = [0, ""];
  source.onopen = () => (opened += 1);
  source.onmessage = ({ lastEventId, data }) => {
    if (each || lastEventId !== last) seen.push(`${lastEventId}\t${data}\n`);
    last = lastEventId;
  };
  // It comes back by itself until it is told that nothing comes any more.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) tell(place, opened, seen);
  };
}
