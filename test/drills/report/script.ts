/** Shows the values of the timeline at the pointer. The page is complete without it. */
export const SCRIPT = `
const data = JSON.parse(document.getElementById('timeline').textContent);
const plot = document.querySelector('.plot');
const cursor = plot.querySelector('.cursor');
const values = document.querySelector('.values');
const time = (ms) => Math.floor(ms / 60000) + ':' + String(Math.floor(ms / 1000) % 60).padStart(2, '0');
const text = (value, unit) => (value === null ? '–' : Math.round(value * 10) / 10 + unit);
plot.addEventListener('pointermove', (event) => {
  const x = event.clientX - plot.getBoundingClientRect().left;
  const at = (x / data.right) * data.endMs;
  const index = Math.floor(at / data.bucketMs);
  if (at < 0 || index >= data.ordersPerSecond.length) return;
  cursor.setAttribute('transform', 'translate(' + x + ')');
  cursor.setAttribute('visibility', 'visible');
  values.textContent = [
    time(at), text(data.ordersPerSecond[index], ' orders/s'), 'median ' + text(data.medianMs[index], ' ms'),
    '99th ' + text(data.slowestPercentMs[index], ' ms'), 'outbox ' + text(data.outbox[index], ''),
    'queue ' + text(data.queue[index], ''),
  ].join(' · ');
});
plot.addEventListener('pointerleave', () => {
  cursor.setAttribute('visibility', 'hidden');
  values.textContent = '';
});`;
