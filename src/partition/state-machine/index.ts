/**
 * The partition state machine: `apply(state, record) -> effects`, pure and synchronous.
 *
 * It declares the tables that it needs (`PartitionState`); `src/partition-store` keeps them.
 */
export type { RecordPosition } from "./apply.ts";
export { apply } from "./apply.ts";
export type {
  Command,
  CommandOf,
  ConcurrencyRule,
  DeliveredMessage,
  Expiry,
  LogRecord,
  PinChange,
  RequestId,
  StateMutation,
  Timer,
} from "./command.ts";
export type { Effect, JournalEvent } from "./effect.ts";
export { compareCodePoints } from "./entries/state.ts";
export { LimitQueue } from "./limit-queue.ts";
export { readNotificationHead, signalKey } from "./notification-head.ts";
export type { InvocationSink, OutboxMessage } from "./outbox-message.ts";
export { receiverOf } from "./outbox-message.ts";
export type { OperationRefusal, PartitionReply } from "./partition-reply.ts";
export type {
  InboxItem,
  JournalView,
  LimitWaiter,
  NotificationKey,
  NotificationOutcome,
  PartitionState,
  PromiseListener,
  PromiseStatus,
  QueuedItem,
  RememberedReply,
  StoredEvent,
} from "./partition-state.ts";
