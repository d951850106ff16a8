/** A 16×16 grey PNG (a diagonal ramp), 159 bytes: a real image for the examples of the description. */
export const tinyPngDataUri =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAUUlEQVQYlV3HEQKAQAAAwcUwDMMwDMMwDMMwPAzDMAzDMAzDMAzDnpDv2EAUJ2mWF2VVN23XB39AH9En9Bl9QV/RN/Qd/UA/0S/0G/1Bf9G/H9ANeAGboGHGAAAAAElFTkSuQmCC';
