// Owns how help describes an option: with its default, unless that is nothing anybody would have to know.
import { Help, type HelpConfiguration, type Option } from 'commander';

/** No, nothing and none go without saying. */
function goesWithoutSaying(value: unknown): boolean {
  return value === false || value === '' || (Array.isArray(value) && value.length === 0);
}

export const HELP: HelpConfiguration = {
  optionDescription(option: Option): string {
    const { defaultValue } = option;
    if (!goesWithoutSaying(defaultValue)) return Help.prototype.optionDescription(option);
    const told = Object.assign(Object.create(Object.getPrototypeOf(option)), option, {
      defaultValue: undefined,
    });
    return Help.prototype.optionDescription(told);
  },
};
