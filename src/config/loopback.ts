/** Whether a host name, as the URL class spells it, always means this machine. Nobody's DNS can change that. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
