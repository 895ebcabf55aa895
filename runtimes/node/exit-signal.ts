/**
 * A signal that terminates a process and that a process can listen for. By name: `NodeJS.Signals` would ask every user for Node's types, and includes
 * signals that terminate nothing, such as SIGWINCH, or that no process can listen for, such as SIGKILL.
 */
export type ExitSignal =
  | 'SIGABRT'
  | 'SIGALRM'
  | 'SIGBREAK'
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGTERM'
  | 'SIGUSR2'
  | 'SIGXCPU'
