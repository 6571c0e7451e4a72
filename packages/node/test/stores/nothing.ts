/** Not what a bridge looks for. */
export const something = 1;
