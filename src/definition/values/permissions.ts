import { scalar } from "./fields.ts";

/** YAML reads 440 as four hundred and forty, which is `rw-rwx---`: only what begins with 0 says that it is octal. */
export const permissions = scalar({
  expected: "permissions in octal such as 0440 or 01777",
  read: (written) => {
    const digits = /^0o?([0-7]{3,4})$/.exec(written)?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
  },
  hint: (written) => (/^[0-7]{3,4}$/.test(written) ? `write 0${written}` : undefined),
});
