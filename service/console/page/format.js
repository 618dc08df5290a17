// Numbers and dates as the reader's browser writes them.

const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const amount = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const signed = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "always" });
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: "exceptZero" });

export const asNumber = (value) => number.format(value);
export const asWhole = (value) => whole.format(value);
export const asAmount = (value) => amount.format(value);
export const asMegabytes = (bytes) => `${asNumber(Math.round(bytes / 1e5) / 10)} MB`;
export const asDay = (text) => day.format(new Date(text));
export const asSigned = (value) => signed.format(value);

// A probability, with a decimal only where whole percents would say 0 or 100.
export function asPercent(share) {
  const digits = share < 0.01 || share > 0.99 ? 1 : 0;
  return new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: digits }).format(share);
}

export function asPoints(difference) {
  return `${points.format(difference * 100)} points`;
}
