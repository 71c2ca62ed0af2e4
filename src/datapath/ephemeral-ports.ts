/** Ports that Linux gives to who asks for none, and to tunnels' outer packets (net.ipv4.ip_local_port_range). */
export const EPHEMERAL_PORT_FIRST = 32_768;
export const EPHEMERAL_PORT_LAST = 60_999;
