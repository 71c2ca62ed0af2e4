/** Conversations of every kind. */
import fc from "fast-check";
import { checkKinds } from "./choice.ts";
import {
  type Conversation,
  CONVERSATION_KINDS,
  type ConversationKind,
  type ConversationOptions,
} from "./conversation.ts";
import { arpExchange, fragmentedDatagram, pingExchange, udpExchange } from "./exchanges.ts";
import { tcpConnection } from "./tcp-connection.ts";

const MAKERS: Readonly<Record<ConversationKind, (options: ConversationOptions) => fc.Arbitrary<Conversation>>> = {
  arp: arpExchange,
  ping: pingExchange,
  udp: udpExchange,
  tcp: tcpConnection,
  fragments: fragmentedDatagram,
};

/** What `anyConversation` takes. */
export interface AnyConversationOptions extends ConversationOptions {
  /** Kinds that occur; all when left out. What fails shrinks towards the first of them. */
  readonly kinds?: readonly ConversationKind[];
}

/** Conversations of these kinds. @throws RangeError for kinds that there are not */
export function anyConversation(options: AnyConversationOptions = {}): fc.Arbitrary<Conversation> {
  const { kinds = CONVERSATION_KINDS, ...others } = options;
  checkKinds("kinds of conversations", kinds, CONVERSATION_KINDS);
  return fc.oneof({ withCrossShrink: true }, ...kinds.map((kind) => MAKERS[kind](others)));
}
