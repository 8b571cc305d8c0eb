import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace restate. */
export namespace restate {

    /**
     * Properties of a StartMessage.
     * @deprecated Use restate.StartMessage.$Properties instead.
     */
    interface IStartMessage extends restate.StartMessage.$Properties {
    }

    /** Represents a StartMessage. */
    class StartMessage {

        /**
         * Constructs a new StartMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.StartMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** StartMessage id. */
        id: Uint8Array;

        /** StartMessage debugId. */
        debugId: string;

        /** StartMessage knownEntries. */
        knownEntries: number;

        /** StartMessage stateMap. */
        stateMap: restate.StartMessage.StateEntry.$Properties[];

        /** StartMessage partialState. */
        partialState: boolean;

        /** StartMessage key. */
        key: string;

        /** StartMessage retryCountSinceLastStoredEntry. */
        retryCountSinceLastStoredEntry: number;

        /** StartMessage durationSinceLastStoredEntry. */
        durationSinceLastStoredEntry: Long;

        /** StartMessage randomSeed. */
        randomSeed: Long;

        /** StartMessage scope. */
        scope?: (string|null);

        /** StartMessage limitKey. */
        limitKey?: (string|null);

        /** StartMessage idempotencyKey. */
        idempotencyKey?: (string|null);

        /**
         * Encodes the specified StartMessage message. Does not implicitly {@link restate.StartMessage.verify|verify} messages.
         * @param message StartMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.StartMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StartMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.StartMessage & restate.StartMessage.$Shape} StartMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.StartMessage & restate.StartMessage.$Shape;
    }

    namespace StartMessage {

        /** Properties of a StartMessage. */
        interface $Properties {

            /** StartMessage id */
            id?: (Uint8Array|null);

            /** StartMessage debugId */
            debugId?: (string|null);

            /** StartMessage knownEntries */
            knownEntries?: (number|null);

            /** StartMessage stateMap */
            stateMap?: (restate.StartMessage.StateEntry.$Properties[]|null);

            /** StartMessage partialState */
            partialState?: (boolean|null);

            /** StartMessage key */
            key?: (string|null);

            /** StartMessage retryCountSinceLastStoredEntry */
            retryCountSinceLastStoredEntry?: (number|null);

            /** StartMessage durationSinceLastStoredEntry */
            durationSinceLastStoredEntry?: (Long|null);

            /** StartMessage randomSeed */
            randomSeed?: (Long|null);

            /** StartMessage scope */
            scope?: (string|null);

            /** StartMessage limitKey */
            limitKey?: (string|null);

            /** StartMessage idempotencyKey */
            idempotencyKey?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StartMessage. */
        type $Shape = restate.StartMessage.$Properties;

        /**
         * Properties of a StateEntry.
         * @deprecated Use restate.StartMessage.StateEntry.$Properties instead.
         */
        interface IStateEntry extends restate.StartMessage.StateEntry.$Properties {
        }

        /** Represents a StateEntry. */
        class StateEntry {

            /**
             * Constructs a new StateEntry.
             * @param [properties] Properties to set
             */
            constructor(properties?: restate.StartMessage.StateEntry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** StateEntry key. */
            key: Uint8Array;

            /** StateEntry value. */
            value: Uint8Array;

            /**
             * Encodes the specified StateEntry message. Does not implicitly {@link restate.StartMessage.StateEntry.verify|verify} messages.
             * @param message StateEntry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: restate.StartMessage.StateEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a StateEntry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {restate.StartMessage.StateEntry & restate.StartMessage.StateEntry.$Shape} StateEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.StartMessage.StateEntry & restate.StartMessage.StateEntry.$Shape;
        }

        namespace StateEntry {

            /** Properties of a StateEntry. */
            interface $Properties {

                /** StateEntry key */
                key?: (Uint8Array|null);

                /** StateEntry value */
                value?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a StateEntry. */
            type $Shape = restate.StartMessage.StateEntry.$Properties;
        }
    }

    /**
     * Properties of a SuspensionMessage.
     * @deprecated Use restate.SuspensionMessage.$Properties instead.
     */
    interface ISuspensionMessage extends restate.SuspensionMessage.$Properties {
    }

    /** Represents a SuspensionMessage. */
    class SuspensionMessage {

        /**
         * Constructs a new SuspensionMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.SuspensionMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SuspensionMessage waitingCompletions. */
        waitingCompletions: number[];

        /** SuspensionMessage waitingSignals. */
        waitingSignals: number[];

        /** SuspensionMessage waitingNamedSignals. */
        waitingNamedSignals: string[];

        /** SuspensionMessage awaitingOn. */
        awaitingOn?: (restate.Future.$Properties|null);

        /**
         * Encodes the specified SuspensionMessage message. Does not implicitly {@link restate.SuspensionMessage.verify|verify} messages.
         * @param message SuspensionMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.SuspensionMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SuspensionMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.SuspensionMessage & restate.SuspensionMessage.$Shape} SuspensionMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.SuspensionMessage & restate.SuspensionMessage.$Shape;
    }

    namespace SuspensionMessage {

        /** Properties of a SuspensionMessage. */
        interface $Properties {

            /** SuspensionMessage waitingCompletions */
            waitingCompletions?: (number[]|null);

            /** SuspensionMessage waitingSignals */
            waitingSignals?: (number[]|null);

            /** SuspensionMessage waitingNamedSignals */
            waitingNamedSignals?: (string[]|null);

            /** SuspensionMessage awaitingOn */
            awaitingOn?: (restate.Future.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SuspensionMessage. */
        type $Shape = restate.SuspensionMessage.$Properties;
    }

    /**
     * Properties of an ErrorMessage.
     * @deprecated Use restate.ErrorMessage.$Properties instead.
     */
    interface IErrorMessage extends restate.ErrorMessage.$Properties {
    }

    /** Represents an ErrorMessage. */
    class ErrorMessage {

        /**
         * Constructs a new ErrorMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.ErrorMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ErrorMessage code. */
        code: number;

        /** ErrorMessage message. */
        message: string;

        /** ErrorMessage stacktrace. */
        stacktrace: string;

        /** ErrorMessage relatedCommandIndex. */
        relatedCommandIndex?: (number|null);

        /** ErrorMessage relatedCommandName. */
        relatedCommandName?: (string|null);

        /** ErrorMessage relatedCommandType. */
        relatedCommandType?: (number|null);

        /** ErrorMessage nextRetryDelay. */
        nextRetryDelay?: (Long|null);

        /** ErrorMessage behavior. */
        behavior: restate.ErrorMessage.Behavior;

        /**
         * Encodes the specified ErrorMessage message. Does not implicitly {@link restate.ErrorMessage.verify|verify} messages.
         * @param message ErrorMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.ErrorMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an ErrorMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.ErrorMessage & restate.ErrorMessage.$Shape} ErrorMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.ErrorMessage & restate.ErrorMessage.$Shape;
    }

    namespace ErrorMessage {

        /** Properties of an ErrorMessage. */
        interface $Properties {

            /** ErrorMessage code */
            code?: (number|null);

            /** ErrorMessage message */
            message?: (string|null);

            /** ErrorMessage stacktrace */
            stacktrace?: (string|null);

            /** ErrorMessage relatedCommandIndex */
            relatedCommandIndex?: (number|null);

            /** ErrorMessage relatedCommandName */
            relatedCommandName?: (string|null);

            /** ErrorMessage relatedCommandType */
            relatedCommandType?: (number|null);

            /** ErrorMessage nextRetryDelay */
            nextRetryDelay?: (Long|null);

            /** ErrorMessage behavior */
            behavior?: (restate.ErrorMessage.Behavior|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an ErrorMessage. */
        type $Shape = restate.ErrorMessage.$Properties;

        /** Behavior enum. */
        enum Behavior {

            /** RETRY value */
            RETRY = 0,

            /** PAUSE value */
            PAUSE = 1,

            /** FAIL value */
            FAIL = 2
        }
    }

    /**
     * Properties of an EndMessage.
     * @deprecated Use restate.EndMessage.$Properties instead.
     */
    interface IEndMessage extends restate.EndMessage.$Properties {
    }

    /** Represents an EndMessage. */
    class EndMessage {

        /**
         * Constructs a new EndMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.EndMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /**
         * Encodes the specified EndMessage message. Does not implicitly {@link restate.EndMessage.verify|verify} messages.
         * @param message EndMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.EndMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an EndMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.EndMessage & restate.EndMessage.$Shape} EndMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.EndMessage & restate.EndMessage.$Shape;
    }

    namespace EndMessage {

        /** Properties of an EndMessage. */
        interface $Properties {

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an EndMessage. */
        type $Shape = restate.EndMessage.$Properties;
    }

    /**
     * Properties of a CommandAckMessage.
     * @deprecated Use restate.CommandAckMessage.$Properties instead.
     */
    interface ICommandAckMessage extends restate.CommandAckMessage.$Properties {
    }

    /** Represents a CommandAckMessage. */
    class CommandAckMessage {

        /**
         * Constructs a new CommandAckMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.CommandAckMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CommandAckMessage commandIndex. */
        commandIndex: number;

        /**
         * Encodes the specified CommandAckMessage message. Does not implicitly {@link restate.CommandAckMessage.verify|verify} messages.
         * @param message CommandAckMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.CommandAckMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CommandAckMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.CommandAckMessage & restate.CommandAckMessage.$Shape} CommandAckMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.CommandAckMessage & restate.CommandAckMessage.$Shape;
    }

    namespace CommandAckMessage {

        /** Properties of a CommandAckMessage. */
        interface $Properties {

            /** CommandAckMessage commandIndex */
            commandIndex?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CommandAckMessage. */
        type $Shape = restate.CommandAckMessage.$Properties;
    }

    /**
     * Properties of a ProposeRunCompletionMessage.
     * @deprecated Use restate.ProposeRunCompletionMessage.$Properties instead.
     */
    interface IProposeRunCompletionMessage extends restate.ProposeRunCompletionMessage.$Properties {
    }

    /** Represents a ProposeRunCompletionMessage. */
    class ProposeRunCompletionMessage {

        /**
         * Constructs a new ProposeRunCompletionMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.ProposeRunCompletionMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProposeRunCompletionMessage resultCompletionId. */
        resultCompletionId: number;

        /** ProposeRunCompletionMessage value. */
        value?: (Uint8Array|null);

        /** ProposeRunCompletionMessage failure. */
        failure?: (restate.Failure.$Properties|null);

        /** ProposeRunCompletionMessage result. */
        result?: ("value"|"failure");

        /**
         * Encodes the specified ProposeRunCompletionMessage message. Does not implicitly {@link restate.ProposeRunCompletionMessage.verify|verify} messages.
         * @param message ProposeRunCompletionMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.ProposeRunCompletionMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProposeRunCompletionMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.ProposeRunCompletionMessage & restate.ProposeRunCompletionMessage.$Shape} ProposeRunCompletionMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.ProposeRunCompletionMessage & restate.ProposeRunCompletionMessage.$Shape;
    }

    namespace ProposeRunCompletionMessage {

        /** Properties of a ProposeRunCompletionMessage. */
        interface $Properties {

            /** ProposeRunCompletionMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** ProposeRunCompletionMessage value */
            value?: (Uint8Array|null);

            /** ProposeRunCompletionMessage failure */
            failure?: (restate.Failure.$Properties|null);

            /** ProposeRunCompletionMessage result */
            result?: ("value"|"failure");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a ProposeRunCompletionMessage. */
        type $Shape = {
          resultCompletionId?: number|null;
          value?: Uint8Array|null;
          failure?: restate.Failure.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: Uint8Array; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
        );
    }

    /**
     * Properties of an AwaitingOnMessage.
     * @deprecated Use restate.AwaitingOnMessage.$Properties instead.
     */
    interface IAwaitingOnMessage extends restate.AwaitingOnMessage.$Properties {
    }

    /** Represents an AwaitingOnMessage. */
    class AwaitingOnMessage {

        /**
         * Constructs a new AwaitingOnMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.AwaitingOnMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AwaitingOnMessage awaitingOn. */
        awaitingOn?: (restate.Future.$Properties|null);

        /** AwaitingOnMessage executingSideEffects. */
        executingSideEffects: boolean;

        /**
         * Encodes the specified AwaitingOnMessage message. Does not implicitly {@link restate.AwaitingOnMessage.verify|verify} messages.
         * @param message AwaitingOnMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.AwaitingOnMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AwaitingOnMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.AwaitingOnMessage & restate.AwaitingOnMessage.$Shape} AwaitingOnMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.AwaitingOnMessage & restate.AwaitingOnMessage.$Shape;
    }

    namespace AwaitingOnMessage {

        /** Properties of an AwaitingOnMessage. */
        interface $Properties {

            /** AwaitingOnMessage awaitingOn */
            awaitingOn?: (restate.Future.$Properties|null);

            /** AwaitingOnMessage executingSideEffects */
            executingSideEffects?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AwaitingOnMessage. */
        type $Shape = restate.AwaitingOnMessage.$Properties;
    }

    /**
     * Properties of a ProposeRunCompletionAckMessage.
     * @deprecated Use restate.ProposeRunCompletionAckMessage.$Properties instead.
     */
    interface IProposeRunCompletionAckMessage extends restate.ProposeRunCompletionAckMessage.$Properties {
    }

    /** Represents a ProposeRunCompletionAckMessage. */
    class ProposeRunCompletionAckMessage {

        /**
         * Constructs a new ProposeRunCompletionAckMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.ProposeRunCompletionAckMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProposeRunCompletionAckMessage completionId. */
        completionId: number;

        /**
         * Encodes the specified ProposeRunCompletionAckMessage message. Does not implicitly {@link restate.ProposeRunCompletionAckMessage.verify|verify} messages.
         * @param message ProposeRunCompletionAckMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.ProposeRunCompletionAckMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProposeRunCompletionAckMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.ProposeRunCompletionAckMessage & restate.ProposeRunCompletionAckMessage.$Shape} ProposeRunCompletionAckMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.ProposeRunCompletionAckMessage & restate.ProposeRunCompletionAckMessage.$Shape;
    }

    namespace ProposeRunCompletionAckMessage {

        /** Properties of a ProposeRunCompletionAckMessage. */
        interface $Properties {

            /** ProposeRunCompletionAckMessage completionId */
            completionId?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ProposeRunCompletionAckMessage. */
        type $Shape = restate.ProposeRunCompletionAckMessage.$Properties;
    }

    /**
     * Properties of a Value.
     * @deprecated Use restate.Value.$Properties instead.
     */
    interface IValue extends restate.Value.$Properties {
    }

    /** Represents a Value. */
    class Value {

        /**
         * Constructs a new Value.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.Value.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Value content. */
        content: Uint8Array;

        /**
         * Encodes the specified Value message. Does not implicitly {@link restate.Value.verify|verify} messages.
         * @param message Value message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.Value.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Value message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.Value & restate.Value.$Shape} Value
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Value & restate.Value.$Shape;
    }

    namespace Value {

        /** Properties of a Value. */
        interface $Properties {

            /** Value content */
            content?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Value. */
        type $Shape = restate.Value.$Properties;
    }

    /**
     * Properties of a Failure.
     * @deprecated Use restate.Failure.$Properties instead.
     */
    interface IFailure extends restate.Failure.$Properties {
    }

    /** Represents a Failure. */
    class Failure {

        /**
         * Constructs a new Failure.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.Failure.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Failure code. */
        code: number;

        /** Failure message. */
        message: string;

        /** Failure metadata. */
        metadata: restate.Failure.Metadata.$Properties[];

        /**
         * Encodes the specified Failure message. Does not implicitly {@link restate.Failure.verify|verify} messages.
         * @param message Failure message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.Failure.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Failure message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.Failure & restate.Failure.$Shape} Failure
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Failure & restate.Failure.$Shape;
    }

    namespace Failure {

        /** Properties of a Failure. */
        interface $Properties {

            /** Failure code */
            code?: (number|null);

            /** Failure message */
            message?: (string|null);

            /** Failure metadata */
            metadata?: (restate.Failure.Metadata.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Failure. */
        type $Shape = restate.Failure.$Properties;

        /**
         * Properties of a Metadata.
         * @deprecated Use restate.Failure.Metadata.$Properties instead.
         */
        interface IMetadata extends restate.Failure.Metadata.$Properties {
        }

        /** Represents a Metadata. */
        class Metadata {

            /**
             * Constructs a new Metadata.
             * @param [properties] Properties to set
             */
            constructor(properties?: restate.Failure.Metadata.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Metadata key. */
            key: string;

            /** Metadata value. */
            value: string;

            /**
             * Encodes the specified Metadata message. Does not implicitly {@link restate.Failure.Metadata.verify|verify} messages.
             * @param message Metadata message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: restate.Failure.Metadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Metadata message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {restate.Failure.Metadata & restate.Failure.Metadata.$Shape} Metadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Failure.Metadata & restate.Failure.Metadata.$Shape;
        }

        namespace Metadata {

            /** Properties of a Metadata. */
            interface $Properties {

                /** Metadata key */
                key?: (string|null);

                /** Metadata value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Metadata. */
            type $Shape = restate.Failure.Metadata.$Properties;
        }
    }

    /**
     * Properties of a Header.
     * @deprecated Use restate.Header.$Properties instead.
     */
    interface IHeader extends restate.Header.$Properties {
    }

    /** Represents a Header. */
    class Header {

        /**
         * Constructs a new Header.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.Header.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Header key. */
        key: string;

        /** Header value. */
        value: string;

        /**
         * Encodes the specified Header message. Does not implicitly {@link restate.Header.verify|verify} messages.
         * @param message Header message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.Header.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Header message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.Header & restate.Header.$Shape} Header
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Header & restate.Header.$Shape;
    }

    namespace Header {

        /** Properties of a Header. */
        interface $Properties {

            /** Header key */
            key?: (string|null);

            /** Header value */
            value?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Header. */
        type $Shape = restate.Header.$Properties;
    }

    /**
     * Properties of a StateKeys.
     * @deprecated Use restate.StateKeys.$Properties instead.
     */
    interface IStateKeys extends restate.StateKeys.$Properties {
    }

    /** Represents a StateKeys. */
    class StateKeys {

        /**
         * Constructs a new StateKeys.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.StateKeys.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** StateKeys keys. */
        keys: Uint8Array[];

        /**
         * Encodes the specified StateKeys message. Does not implicitly {@link restate.StateKeys.verify|verify} messages.
         * @param message StateKeys message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.StateKeys.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a StateKeys message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.StateKeys & restate.StateKeys.$Shape} StateKeys
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.StateKeys & restate.StateKeys.$Shape;
    }

    namespace StateKeys {

        /** Properties of a StateKeys. */
        interface $Properties {

            /** StateKeys keys */
            keys?: (Uint8Array[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a StateKeys. */
        type $Shape = restate.StateKeys.$Properties;
    }

    /**
     * Properties of a Void.
     * @deprecated Use restate.Void.$Properties instead.
     */
    interface IVoid extends restate.Void.$Properties {
    }

    /** Represents a Void. */
    class Void {

        /**
         * Constructs a new Void.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.Void.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /**
         * Encodes the specified Void message. Does not implicitly {@link restate.Void.verify|verify} messages.
         * @param message Void message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.Void.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Void message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.Void & restate.Void.$Shape} Void
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Void & restate.Void.$Shape;
    }

    namespace Void {

        /** Properties of a Void. */
        interface $Properties {

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Void. */
        type $Shape = restate.Void.$Properties;
    }

    /**
     * Properties of a WorkflowTarget.
     * @deprecated Use restate.WorkflowTarget.$Properties instead.
     */
    interface IWorkflowTarget extends restate.WorkflowTarget.$Properties {
    }

    /** Represents a WorkflowTarget. */
    class WorkflowTarget {

        /**
         * Constructs a new WorkflowTarget.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.WorkflowTarget.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** WorkflowTarget workflowName. */
        workflowName: string;

        /** WorkflowTarget workflowKey. */
        workflowKey: string;

        /** WorkflowTarget scope. */
        scope?: (string|null);

        /**
         * Encodes the specified WorkflowTarget message. Does not implicitly {@link restate.WorkflowTarget.verify|verify} messages.
         * @param message WorkflowTarget message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.WorkflowTarget.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a WorkflowTarget message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.WorkflowTarget & restate.WorkflowTarget.$Shape} WorkflowTarget
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.WorkflowTarget & restate.WorkflowTarget.$Shape;
    }

    namespace WorkflowTarget {

        /** Properties of a WorkflowTarget. */
        interface $Properties {

            /** WorkflowTarget workflowName */
            workflowName?: (string|null);

            /** WorkflowTarget workflowKey */
            workflowKey?: (string|null);

            /** WorkflowTarget scope */
            scope?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a WorkflowTarget. */
        type $Shape = restate.WorkflowTarget.$Properties;
    }

    /**
     * Properties of an IdempotentRequestTarget.
     * @deprecated Use restate.IdempotentRequestTarget.$Properties instead.
     */
    interface IIdempotentRequestTarget extends restate.IdempotentRequestTarget.$Properties {
    }

    /** Represents an IdempotentRequestTarget. */
    class IdempotentRequestTarget {

        /**
         * Constructs a new IdempotentRequestTarget.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.IdempotentRequestTarget.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IdempotentRequestTarget serviceName. */
        serviceName: string;

        /** IdempotentRequestTarget serviceKey. */
        serviceKey?: (string|null);

        /** IdempotentRequestTarget handlerName. */
        handlerName: string;

        /** IdempotentRequestTarget idempotencyKey. */
        idempotencyKey: string;

        /** IdempotentRequestTarget scope. */
        scope?: (string|null);

        /**
         * Encodes the specified IdempotentRequestTarget message. Does not implicitly {@link restate.IdempotentRequestTarget.verify|verify} messages.
         * @param message IdempotentRequestTarget message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.IdempotentRequestTarget.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IdempotentRequestTarget message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.IdempotentRequestTarget & restate.IdempotentRequestTarget.$Shape} IdempotentRequestTarget
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.IdempotentRequestTarget & restate.IdempotentRequestTarget.$Shape;
    }

    namespace IdempotentRequestTarget {

        /** Properties of an IdempotentRequestTarget. */
        interface $Properties {

            /** IdempotentRequestTarget serviceName */
            serviceName?: (string|null);

            /** IdempotentRequestTarget serviceKey */
            serviceKey?: (string|null);

            /** IdempotentRequestTarget handlerName */
            handlerName?: (string|null);

            /** IdempotentRequestTarget idempotencyKey */
            idempotencyKey?: (string|null);

            /** IdempotentRequestTarget scope */
            scope?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an IdempotentRequestTarget. */
        type $Shape = restate.IdempotentRequestTarget.$Properties;
    }

    /** CombinatorType enum. */
    enum CombinatorType {

        /** UNKNOWN value */
        UNKNOWN = 0,

        /** FIRST_COMPLETED value */
        FIRST_COMPLETED = 1,

        /** ALL_COMPLETED value */
        ALL_COMPLETED = 2,

        /** FIRST_SUCCEEDED_OR_ALL_FAILED value */
        FIRST_SUCCEEDED_OR_ALL_FAILED = 3,

        /** ALL_SUCCEEDED_OR_FIRST_FAILED value */
        ALL_SUCCEEDED_OR_FIRST_FAILED = 4
    }

    /**
     * Properties of a Future.
     * @deprecated Use restate.Future.$Properties instead.
     */
    interface IFuture extends restate.Future.$Properties {
    }

    /** Represents a Future. */
    class Future {

        /**
         * Constructs a new Future.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.Future.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Future waitingCompletions. */
        waitingCompletions: number[];

        /** Future waitingSignals. */
        waitingSignals: number[];

        /** Future waitingNamedSignals. */
        waitingNamedSignals: string[];

        /** Future nestedFutures. */
        nestedFutures: restate.Future.$Properties[];

        /** Future combinatorType. */
        combinatorType: restate.CombinatorType;

        /**
         * Encodes the specified Future message. Does not implicitly {@link restate.Future.verify|verify} messages.
         * @param message Future message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.Future.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Future message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.Future & restate.Future.$Shape} Future
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.Future & restate.Future.$Shape;
    }

    namespace Future {

        /** Properties of a Future. */
        interface $Properties {

            /** Future waitingCompletions */
            waitingCompletions?: (number[]|null);

            /** Future waitingSignals */
            waitingSignals?: (number[]|null);

            /** Future waitingNamedSignals */
            waitingNamedSignals?: (string[]|null);

            /** Future nestedFutures */
            nestedFutures?: (restate.Future.$Properties[]|null);

            /** Future combinatorType */
            combinatorType?: (restate.CombinatorType|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Future. */
        type $Shape = restate.Future.$Properties;
    }

    /**
     * Properties of an InputCommandMessage.
     * @deprecated Use restate.InputCommandMessage.$Properties instead.
     */
    interface IInputCommandMessage extends restate.InputCommandMessage.$Properties {
    }

    /** Represents an InputCommandMessage. */
    class InputCommandMessage {

        /**
         * Constructs a new InputCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.InputCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** InputCommandMessage headers. */
        headers: restate.Header.$Properties[];

        /** InputCommandMessage name. */
        name: string;

        /** InputCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /**
         * Encodes the specified InputCommandMessage message. Does not implicitly {@link restate.InputCommandMessage.verify|verify} messages.
         * @param message InputCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.InputCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an InputCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.InputCommandMessage & restate.InputCommandMessage.$Shape} InputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.InputCommandMessage & restate.InputCommandMessage.$Shape;
    }

    namespace InputCommandMessage {

        /** Properties of an InputCommandMessage. */
        interface $Properties {

            /** InputCommandMessage headers */
            headers?: (restate.Header.$Properties[]|null);

            /** InputCommandMessage name */
            name?: (string|null);

            /** InputCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an InputCommandMessage. */
        type $Shape = restate.InputCommandMessage.$Properties;
    }

    /**
     * Properties of an OutputCommandMessage.
     * @deprecated Use restate.OutputCommandMessage.$Properties instead.
     */
    interface IOutputCommandMessage extends restate.OutputCommandMessage.$Properties {
    }

    /** Represents an OutputCommandMessage. */
    class OutputCommandMessage {

        /**
         * Constructs a new OutputCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.OutputCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** OutputCommandMessage name. */
        name: string;

        /** OutputCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /** OutputCommandMessage failure. */
        failure?: (restate.Failure.$Properties|null);

        /** OutputCommandMessage result. */
        result?: ("value"|"failure");

        /**
         * Encodes the specified OutputCommandMessage message. Does not implicitly {@link restate.OutputCommandMessage.verify|verify} messages.
         * @param message OutputCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.OutputCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an OutputCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.OutputCommandMessage & restate.OutputCommandMessage.$Shape} OutputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.OutputCommandMessage & restate.OutputCommandMessage.$Shape;
    }

    namespace OutputCommandMessage {

        /** Properties of an OutputCommandMessage. */
        interface $Properties {

            /** OutputCommandMessage name */
            name?: (string|null);

            /** OutputCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** OutputCommandMessage failure */
            failure?: (restate.Failure.$Properties|null);

            /** OutputCommandMessage result */
            result?: ("value"|"failure");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an OutputCommandMessage. */
        type $Shape = {
          name?: string|null;
          value?: restate.Value.$Shape|null;
          failure?: restate.Failure.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
        );
    }

    /**
     * Properties of a GetLazyStateCommandMessage.
     * @deprecated Use restate.GetLazyStateCommandMessage.$Properties instead.
     */
    interface IGetLazyStateCommandMessage extends restate.GetLazyStateCommandMessage.$Properties {
    }

    /** Represents a GetLazyStateCommandMessage. */
    class GetLazyStateCommandMessage {

        /**
         * Constructs a new GetLazyStateCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetLazyStateCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetLazyStateCommandMessage key. */
        key: Uint8Array;

        /** GetLazyStateCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** GetLazyStateCommandMessage name. */
        name: string;

        /**
         * Encodes the specified GetLazyStateCommandMessage message. Does not implicitly {@link restate.GetLazyStateCommandMessage.verify|verify} messages.
         * @param message GetLazyStateCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetLazyStateCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetLazyStateCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetLazyStateCommandMessage & restate.GetLazyStateCommandMessage.$Shape} GetLazyStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetLazyStateCommandMessage & restate.GetLazyStateCommandMessage.$Shape;
    }

    namespace GetLazyStateCommandMessage {

        /** Properties of a GetLazyStateCommandMessage. */
        interface $Properties {

            /** GetLazyStateCommandMessage key */
            key?: (Uint8Array|null);

            /** GetLazyStateCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** GetLazyStateCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a GetLazyStateCommandMessage. */
        type $Shape = restate.GetLazyStateCommandMessage.$Properties;
    }

    /**
     * Properties of a SetStateCommandMessage.
     * @deprecated Use restate.SetStateCommandMessage.$Properties instead.
     */
    interface ISetStateCommandMessage extends restate.SetStateCommandMessage.$Properties {
    }

    /** Represents a SetStateCommandMessage. */
    class SetStateCommandMessage {

        /**
         * Constructs a new SetStateCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.SetStateCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SetStateCommandMessage key. */
        key: Uint8Array;

        /** SetStateCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /** SetStateCommandMessage name. */
        name: string;

        /**
         * Encodes the specified SetStateCommandMessage message. Does not implicitly {@link restate.SetStateCommandMessage.verify|verify} messages.
         * @param message SetStateCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.SetStateCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SetStateCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.SetStateCommandMessage & restate.SetStateCommandMessage.$Shape} SetStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.SetStateCommandMessage & restate.SetStateCommandMessage.$Shape;
    }

    namespace SetStateCommandMessage {

        /** Properties of a SetStateCommandMessage. */
        interface $Properties {

            /** SetStateCommandMessage key */
            key?: (Uint8Array|null);

            /** SetStateCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** SetStateCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SetStateCommandMessage. */
        type $Shape = restate.SetStateCommandMessage.$Properties;
    }

    /**
     * Properties of a ClearStateCommandMessage.
     * @deprecated Use restate.ClearStateCommandMessage.$Properties instead.
     */
    interface IClearStateCommandMessage extends restate.ClearStateCommandMessage.$Properties {
    }

    /** Represents a ClearStateCommandMessage. */
    class ClearStateCommandMessage {

        /**
         * Constructs a new ClearStateCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.ClearStateCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ClearStateCommandMessage key. */
        key: Uint8Array;

        /** ClearStateCommandMessage name. */
        name: string;

        /**
         * Encodes the specified ClearStateCommandMessage message. Does not implicitly {@link restate.ClearStateCommandMessage.verify|verify} messages.
         * @param message ClearStateCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.ClearStateCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ClearStateCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.ClearStateCommandMessage & restate.ClearStateCommandMessage.$Shape} ClearStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.ClearStateCommandMessage & restate.ClearStateCommandMessage.$Shape;
    }

    namespace ClearStateCommandMessage {

        /** Properties of a ClearStateCommandMessage. */
        interface $Properties {

            /** ClearStateCommandMessage key */
            key?: (Uint8Array|null);

            /** ClearStateCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ClearStateCommandMessage. */
        type $Shape = restate.ClearStateCommandMessage.$Properties;
    }

    /**
     * Properties of a ClearAllStateCommandMessage.
     * @deprecated Use restate.ClearAllStateCommandMessage.$Properties instead.
     */
    interface IClearAllStateCommandMessage extends restate.ClearAllStateCommandMessage.$Properties {
    }

    /** Represents a ClearAllStateCommandMessage. */
    class ClearAllStateCommandMessage {

        /**
         * Constructs a new ClearAllStateCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.ClearAllStateCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ClearAllStateCommandMessage name. */
        name: string;

        /**
         * Encodes the specified ClearAllStateCommandMessage message. Does not implicitly {@link restate.ClearAllStateCommandMessage.verify|verify} messages.
         * @param message ClearAllStateCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.ClearAllStateCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ClearAllStateCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.ClearAllStateCommandMessage & restate.ClearAllStateCommandMessage.$Shape} ClearAllStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.ClearAllStateCommandMessage & restate.ClearAllStateCommandMessage.$Shape;
    }

    namespace ClearAllStateCommandMessage {

        /** Properties of a ClearAllStateCommandMessage. */
        interface $Properties {

            /** ClearAllStateCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ClearAllStateCommandMessage. */
        type $Shape = restate.ClearAllStateCommandMessage.$Properties;
    }

    /**
     * Properties of a GetLazyStateKeysCommandMessage.
     * @deprecated Use restate.GetLazyStateKeysCommandMessage.$Properties instead.
     */
    interface IGetLazyStateKeysCommandMessage extends restate.GetLazyStateKeysCommandMessage.$Properties {
    }

    /** Represents a GetLazyStateKeysCommandMessage. */
    class GetLazyStateKeysCommandMessage {

        /**
         * Constructs a new GetLazyStateKeysCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetLazyStateKeysCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetLazyStateKeysCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** GetLazyStateKeysCommandMessage name. */
        name: string;

        /**
         * Encodes the specified GetLazyStateKeysCommandMessage message. Does not implicitly {@link restate.GetLazyStateKeysCommandMessage.verify|verify} messages.
         * @param message GetLazyStateKeysCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetLazyStateKeysCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetLazyStateKeysCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetLazyStateKeysCommandMessage & restate.GetLazyStateKeysCommandMessage.$Shape} GetLazyStateKeysCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetLazyStateKeysCommandMessage & restate.GetLazyStateKeysCommandMessage.$Shape;
    }

    namespace GetLazyStateKeysCommandMessage {

        /** Properties of a GetLazyStateKeysCommandMessage. */
        interface $Properties {

            /** GetLazyStateKeysCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** GetLazyStateKeysCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a GetLazyStateKeysCommandMessage. */
        type $Shape = restate.GetLazyStateKeysCommandMessage.$Properties;
    }

    /**
     * Properties of a GetEagerStateCommandMessage.
     * @deprecated Use restate.GetEagerStateCommandMessage.$Properties instead.
     */
    interface IGetEagerStateCommandMessage extends restate.GetEagerStateCommandMessage.$Properties {
    }

    /** Represents a GetEagerStateCommandMessage. */
    class GetEagerStateCommandMessage {

        /**
         * Constructs a new GetEagerStateCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetEagerStateCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetEagerStateCommandMessage key. */
        key: Uint8Array;

        /** GetEagerStateCommandMessage name. */
        name: string;

        /** GetEagerStateCommandMessage void. */
        void?: (restate.Void.$Properties|null);

        /** GetEagerStateCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /** GetEagerStateCommandMessage result. */
        result?: ("void"|"value");

        /**
         * Encodes the specified GetEagerStateCommandMessage message. Does not implicitly {@link restate.GetEagerStateCommandMessage.verify|verify} messages.
         * @param message GetEagerStateCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetEagerStateCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetEagerStateCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetEagerStateCommandMessage & restate.GetEagerStateCommandMessage.$Shape} GetEagerStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetEagerStateCommandMessage & restate.GetEagerStateCommandMessage.$Shape;
    }

    namespace GetEagerStateCommandMessage {

        /** Properties of a GetEagerStateCommandMessage. */
        interface $Properties {

            /** GetEagerStateCommandMessage key */
            key?: (Uint8Array|null);

            /** GetEagerStateCommandMessage name */
            name?: (string|null);

            /** GetEagerStateCommandMessage void */
            "void"?: (restate.Void.$Properties|null);

            /** GetEagerStateCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** GetEagerStateCommandMessage result */
            result?: ("void"|"value");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a GetEagerStateCommandMessage. */
        type $Shape = {
          key?: Uint8Array|null;
          name?: string|null;
          "void"?: restate.Void.$Shape|null;
          value?: restate.Value.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ result?: undefined; "void"?: null; value?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape })
        );
    }

    /**
     * Properties of a GetEagerStateKeysCommandMessage.
     * @deprecated Use restate.GetEagerStateKeysCommandMessage.$Properties instead.
     */
    interface IGetEagerStateKeysCommandMessage extends restate.GetEagerStateKeysCommandMessage.$Properties {
    }

    /** Represents a GetEagerStateKeysCommandMessage. */
    class GetEagerStateKeysCommandMessage {

        /**
         * Constructs a new GetEagerStateKeysCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetEagerStateKeysCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetEagerStateKeysCommandMessage name. */
        name: string;

        /** GetEagerStateKeysCommandMessage value. */
        value?: (restate.StateKeys.$Properties|null);

        /**
         * Encodes the specified GetEagerStateKeysCommandMessage message. Does not implicitly {@link restate.GetEagerStateKeysCommandMessage.verify|verify} messages.
         * @param message GetEagerStateKeysCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetEagerStateKeysCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetEagerStateKeysCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetEagerStateKeysCommandMessage & restate.GetEagerStateKeysCommandMessage.$Shape} GetEagerStateKeysCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetEagerStateKeysCommandMessage & restate.GetEagerStateKeysCommandMessage.$Shape;
    }

    namespace GetEagerStateKeysCommandMessage {

        /** Properties of a GetEagerStateKeysCommandMessage. */
        interface $Properties {

            /** GetEagerStateKeysCommandMessage name */
            name?: (string|null);

            /** GetEagerStateKeysCommandMessage value */
            value?: (restate.StateKeys.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a GetEagerStateKeysCommandMessage. */
        type $Shape = restate.GetEagerStateKeysCommandMessage.$Properties;
    }

    /**
     * Properties of a GetPromiseCommandMessage.
     * @deprecated Use restate.GetPromiseCommandMessage.$Properties instead.
     */
    interface IGetPromiseCommandMessage extends restate.GetPromiseCommandMessage.$Properties {
    }

    /** Represents a GetPromiseCommandMessage. */
    class GetPromiseCommandMessage {

        /**
         * Constructs a new GetPromiseCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetPromiseCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetPromiseCommandMessage key. */
        key: string;

        /** GetPromiseCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** GetPromiseCommandMessage name. */
        name: string;

        /**
         * Encodes the specified GetPromiseCommandMessage message. Does not implicitly {@link restate.GetPromiseCommandMessage.verify|verify} messages.
         * @param message GetPromiseCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetPromiseCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetPromiseCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetPromiseCommandMessage & restate.GetPromiseCommandMessage.$Shape} GetPromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetPromiseCommandMessage & restate.GetPromiseCommandMessage.$Shape;
    }

    namespace GetPromiseCommandMessage {

        /** Properties of a GetPromiseCommandMessage. */
        interface $Properties {

            /** GetPromiseCommandMessage key */
            key?: (string|null);

            /** GetPromiseCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** GetPromiseCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a GetPromiseCommandMessage. */
        type $Shape = restate.GetPromiseCommandMessage.$Properties;
    }

    /**
     * Properties of a PeekPromiseCommandMessage.
     * @deprecated Use restate.PeekPromiseCommandMessage.$Properties instead.
     */
    interface IPeekPromiseCommandMessage extends restate.PeekPromiseCommandMessage.$Properties {
    }

    /** Represents a PeekPromiseCommandMessage. */
    class PeekPromiseCommandMessage {

        /**
         * Constructs a new PeekPromiseCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.PeekPromiseCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PeekPromiseCommandMessage key. */
        key: string;

        /** PeekPromiseCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** PeekPromiseCommandMessage name. */
        name: string;

        /**
         * Encodes the specified PeekPromiseCommandMessage message. Does not implicitly {@link restate.PeekPromiseCommandMessage.verify|verify} messages.
         * @param message PeekPromiseCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.PeekPromiseCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PeekPromiseCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.PeekPromiseCommandMessage & restate.PeekPromiseCommandMessage.$Shape} PeekPromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.PeekPromiseCommandMessage & restate.PeekPromiseCommandMessage.$Shape;
    }

    namespace PeekPromiseCommandMessage {

        /** Properties of a PeekPromiseCommandMessage. */
        interface $Properties {

            /** PeekPromiseCommandMessage key */
            key?: (string|null);

            /** PeekPromiseCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** PeekPromiseCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PeekPromiseCommandMessage. */
        type $Shape = restate.PeekPromiseCommandMessage.$Properties;
    }

    /**
     * Properties of a CompletePromiseCommandMessage.
     * @deprecated Use restate.CompletePromiseCommandMessage.$Properties instead.
     */
    interface ICompletePromiseCommandMessage extends restate.CompletePromiseCommandMessage.$Properties {
    }

    /** Represents a CompletePromiseCommandMessage. */
    class CompletePromiseCommandMessage {

        /**
         * Constructs a new CompletePromiseCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.CompletePromiseCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CompletePromiseCommandMessage key. */
        key: string;

        /** CompletePromiseCommandMessage completionValue. */
        completionValue?: (restate.Value.$Properties|null);

        /** CompletePromiseCommandMessage completionFailure. */
        completionFailure?: (restate.Failure.$Properties|null);

        /** CompletePromiseCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** CompletePromiseCommandMessage name. */
        name: string;

        /** CompletePromiseCommandMessage completion. */
        completion?: ("completionValue"|"completionFailure");

        /**
         * Encodes the specified CompletePromiseCommandMessage message. Does not implicitly {@link restate.CompletePromiseCommandMessage.verify|verify} messages.
         * @param message CompletePromiseCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.CompletePromiseCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CompletePromiseCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.CompletePromiseCommandMessage & restate.CompletePromiseCommandMessage.$Shape} CompletePromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.CompletePromiseCommandMessage & restate.CompletePromiseCommandMessage.$Shape;
    }

    namespace CompletePromiseCommandMessage {

        /** Properties of a CompletePromiseCommandMessage. */
        interface $Properties {

            /** CompletePromiseCommandMessage key */
            key?: (string|null);

            /** CompletePromiseCommandMessage completionValue */
            completionValue?: (restate.Value.$Properties|null);

            /** CompletePromiseCommandMessage completionFailure */
            completionFailure?: (restate.Failure.$Properties|null);

            /** CompletePromiseCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** CompletePromiseCommandMessage name */
            name?: (string|null);

            /** CompletePromiseCommandMessage completion */
            completion?: ("completionValue"|"completionFailure");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a CompletePromiseCommandMessage. */
        type $Shape = {
          key?: string|null;
          completionValue?: restate.Value.$Shape|null;
          completionFailure?: restate.Failure.$Shape|null;
          resultCompletionId?: number|null;
          name?: string|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ completion?: undefined; completionValue?: null; completionFailure?: null }|{ completion?: "completionValue"; completionValue: restate.Value.$Shape; completionFailure?: null }|{ completion?: "completionFailure"; completionValue?: null; completionFailure: restate.Failure.$Shape })
        );
    }

    /**
     * Properties of a SleepCommandMessage.
     * @deprecated Use restate.SleepCommandMessage.$Properties instead.
     */
    interface ISleepCommandMessage extends restate.SleepCommandMessage.$Properties {
    }

    /** Represents a SleepCommandMessage. */
    class SleepCommandMessage {

        /**
         * Constructs a new SleepCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.SleepCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SleepCommandMessage wakeUpTime. */
        wakeUpTime: Long;

        /** SleepCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** SleepCommandMessage name. */
        name: string;

        /**
         * Encodes the specified SleepCommandMessage message. Does not implicitly {@link restate.SleepCommandMessage.verify|verify} messages.
         * @param message SleepCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.SleepCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SleepCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.SleepCommandMessage & restate.SleepCommandMessage.$Shape} SleepCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.SleepCommandMessage & restate.SleepCommandMessage.$Shape;
    }

    namespace SleepCommandMessage {

        /** Properties of a SleepCommandMessage. */
        interface $Properties {

            /** SleepCommandMessage wakeUpTime */
            wakeUpTime?: (Long|null);

            /** SleepCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** SleepCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SleepCommandMessage. */
        type $Shape = restate.SleepCommandMessage.$Properties;
    }

    /**
     * Properties of a CallCommandMessage.
     * @deprecated Use restate.CallCommandMessage.$Properties instead.
     */
    interface ICallCommandMessage extends restate.CallCommandMessage.$Properties {
    }

    /** Represents a CallCommandMessage. */
    class CallCommandMessage {

        /**
         * Constructs a new CallCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.CallCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CallCommandMessage serviceName. */
        serviceName: string;

        /** CallCommandMessage handlerName. */
        handlerName: string;

        /** CallCommandMessage parameter. */
        parameter: Uint8Array;

        /** CallCommandMessage headers. */
        headers: restate.Header.$Properties[];

        /** CallCommandMessage key. */
        key: string;

        /** CallCommandMessage idempotencyKey. */
        idempotencyKey?: (string|null);

        /** CallCommandMessage scope. */
        scope?: (string|null);

        /** CallCommandMessage limitKey. */
        limitKey?: (string|null);

        /** CallCommandMessage invocationIdNotificationIdx. */
        invocationIdNotificationIdx: number;

        /** CallCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** CallCommandMessage name. */
        name: string;

        /**
         * Encodes the specified CallCommandMessage message. Does not implicitly {@link restate.CallCommandMessage.verify|verify} messages.
         * @param message CallCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.CallCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CallCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.CallCommandMessage & restate.CallCommandMessage.$Shape} CallCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.CallCommandMessage & restate.CallCommandMessage.$Shape;
    }

    namespace CallCommandMessage {

        /** Properties of a CallCommandMessage. */
        interface $Properties {

            /** CallCommandMessage serviceName */
            serviceName?: (string|null);

            /** CallCommandMessage handlerName */
            handlerName?: (string|null);

            /** CallCommandMessage parameter */
            parameter?: (Uint8Array|null);

            /** CallCommandMessage headers */
            headers?: (restate.Header.$Properties[]|null);

            /** CallCommandMessage key */
            key?: (string|null);

            /** CallCommandMessage idempotencyKey */
            idempotencyKey?: (string|null);

            /** CallCommandMessage scope */
            scope?: (string|null);

            /** CallCommandMessage limitKey */
            limitKey?: (string|null);

            /** CallCommandMessage invocationIdNotificationIdx */
            invocationIdNotificationIdx?: (number|null);

            /** CallCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** CallCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CallCommandMessage. */
        type $Shape = restate.CallCommandMessage.$Properties;
    }

    /**
     * Properties of a OneWayCallCommandMessage.
     * @deprecated Use restate.OneWayCallCommandMessage.$Properties instead.
     */
    interface IOneWayCallCommandMessage extends restate.OneWayCallCommandMessage.$Properties {
    }

    /** Represents a OneWayCallCommandMessage. */
    class OneWayCallCommandMessage {

        /**
         * Constructs a new OneWayCallCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.OneWayCallCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** OneWayCallCommandMessage serviceName. */
        serviceName: string;

        /** OneWayCallCommandMessage handlerName. */
        handlerName: string;

        /** OneWayCallCommandMessage parameter. */
        parameter: Uint8Array;

        /** OneWayCallCommandMessage invokeTime. */
        invokeTime: Long;

        /** OneWayCallCommandMessage headers. */
        headers: restate.Header.$Properties[];

        /** OneWayCallCommandMessage key. */
        key: string;

        /** OneWayCallCommandMessage idempotencyKey. */
        idempotencyKey?: (string|null);

        /** OneWayCallCommandMessage scope. */
        scope?: (string|null);

        /** OneWayCallCommandMessage limitKey. */
        limitKey?: (string|null);

        /** OneWayCallCommandMessage invocationIdNotificationIdx. */
        invocationIdNotificationIdx: number;

        /** OneWayCallCommandMessage name. */
        name: string;

        /**
         * Encodes the specified OneWayCallCommandMessage message. Does not implicitly {@link restate.OneWayCallCommandMessage.verify|verify} messages.
         * @param message OneWayCallCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.OneWayCallCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a OneWayCallCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.OneWayCallCommandMessage & restate.OneWayCallCommandMessage.$Shape} OneWayCallCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.OneWayCallCommandMessage & restate.OneWayCallCommandMessage.$Shape;
    }

    namespace OneWayCallCommandMessage {

        /** Properties of a OneWayCallCommandMessage. */
        interface $Properties {

            /** OneWayCallCommandMessage serviceName */
            serviceName?: (string|null);

            /** OneWayCallCommandMessage handlerName */
            handlerName?: (string|null);

            /** OneWayCallCommandMessage parameter */
            parameter?: (Uint8Array|null);

            /** OneWayCallCommandMessage invokeTime */
            invokeTime?: (Long|null);

            /** OneWayCallCommandMessage headers */
            headers?: (restate.Header.$Properties[]|null);

            /** OneWayCallCommandMessage key */
            key?: (string|null);

            /** OneWayCallCommandMessage idempotencyKey */
            idempotencyKey?: (string|null);

            /** OneWayCallCommandMessage scope */
            scope?: (string|null);

            /** OneWayCallCommandMessage limitKey */
            limitKey?: (string|null);

            /** OneWayCallCommandMessage invocationIdNotificationIdx */
            invocationIdNotificationIdx?: (number|null);

            /** OneWayCallCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a OneWayCallCommandMessage. */
        type $Shape = restate.OneWayCallCommandMessage.$Properties;
    }

    /**
     * Properties of a SendSignalCommandMessage.
     * @deprecated Use restate.SendSignalCommandMessage.$Properties instead.
     */
    interface ISendSignalCommandMessage extends restate.SendSignalCommandMessage.$Properties {
    }

    /** Represents a SendSignalCommandMessage. */
    class SendSignalCommandMessage {

        /**
         * Constructs a new SendSignalCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.SendSignalCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SendSignalCommandMessage targetInvocationId. */
        targetInvocationId: string;

        /** SendSignalCommandMessage idx. */
        idx?: (number|null);

        /** SendSignalCommandMessage name. */
        name?: (string|null);

        /** SendSignalCommandMessage void. */
        void?: (restate.Void.$Properties|null);

        /** SendSignalCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /** SendSignalCommandMessage failure. */
        failure?: (restate.Failure.$Properties|null);

        /** SendSignalCommandMessage entryName. */
        entryName: string;

        /** SendSignalCommandMessage signalId. */
        signalId?: ("idx"|"name");

        /** SendSignalCommandMessage result. */
        result?: ("void"|"value"|"failure");

        /**
         * Encodes the specified SendSignalCommandMessage message. Does not implicitly {@link restate.SendSignalCommandMessage.verify|verify} messages.
         * @param message SendSignalCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.SendSignalCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SendSignalCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.SendSignalCommandMessage & restate.SendSignalCommandMessage.$Shape} SendSignalCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.SendSignalCommandMessage & restate.SendSignalCommandMessage.$Shape;
    }

    namespace SendSignalCommandMessage {

        /** Properties of a SendSignalCommandMessage. */
        interface $Properties {

            /** SendSignalCommandMessage targetInvocationId */
            targetInvocationId?: (string|null);

            /** SendSignalCommandMessage idx */
            idx?: (number|null);

            /** SendSignalCommandMessage name */
            name?: (string|null);

            /** SendSignalCommandMessage void */
            "void"?: (restate.Void.$Properties|null);

            /** SendSignalCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** SendSignalCommandMessage failure */
            failure?: (restate.Failure.$Properties|null);

            /** SendSignalCommandMessage entryName */
            entryName?: (string|null);

            /** SendSignalCommandMessage signalId */
            signalId?: ("idx"|"name");

            /** SendSignalCommandMessage result */
            result?: ("void"|"value"|"failure");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a SendSignalCommandMessage. */
        type $Shape = {
          targetInvocationId?: string|null;
          idx?: number|null;
          name?: string|null;
          "void"?: restate.Void.$Shape|null;
          value?: restate.Value.$Shape|null;
          failure?: restate.Failure.$Shape|null;
          entryName?: string|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ signalId?: undefined; idx?: null; name?: null }|{ signalId?: "idx"; idx: number; name?: null }|{ signalId?: "name"; idx?: null; name: string })
        ) & (
          ({ result?: undefined; "void"?: null; value?: null; failure?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null; failure?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; "void"?: null; value?: null; failure: restate.Failure.$Shape })
        );
    }

    /**
     * Properties of a RunCommandMessage.
     * @deprecated Use restate.RunCommandMessage.$Properties instead.
     */
    interface IRunCommandMessage extends restate.RunCommandMessage.$Properties {
    }

    /** Represents a RunCommandMessage. */
    class RunCommandMessage {

        /**
         * Constructs a new RunCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.RunCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RunCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** RunCommandMessage name. */
        name: string;

        /**
         * Encodes the specified RunCommandMessage message. Does not implicitly {@link restate.RunCommandMessage.verify|verify} messages.
         * @param message RunCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.RunCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RunCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.RunCommandMessage & restate.RunCommandMessage.$Shape} RunCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.RunCommandMessage & restate.RunCommandMessage.$Shape;
    }

    namespace RunCommandMessage {

        /** Properties of a RunCommandMessage. */
        interface $Properties {

            /** RunCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** RunCommandMessage name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RunCommandMessage. */
        type $Shape = restate.RunCommandMessage.$Properties;
    }

    /**
     * Properties of an AttachInvocationCommandMessage.
     * @deprecated Use restate.AttachInvocationCommandMessage.$Properties instead.
     */
    interface IAttachInvocationCommandMessage extends restate.AttachInvocationCommandMessage.$Properties {
    }

    /** Represents an AttachInvocationCommandMessage. */
    class AttachInvocationCommandMessage {

        /**
         * Constructs a new AttachInvocationCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.AttachInvocationCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AttachInvocationCommandMessage invocationId. */
        invocationId?: (string|null);

        /** AttachInvocationCommandMessage idempotentRequestTarget. */
        idempotentRequestTarget?: (restate.IdempotentRequestTarget.$Properties|null);

        /** AttachInvocationCommandMessage workflowTarget. */
        workflowTarget?: (restate.WorkflowTarget.$Properties|null);

        /** AttachInvocationCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** AttachInvocationCommandMessage name. */
        name: string;

        /** AttachInvocationCommandMessage target. */
        target?: ("invocationId"|"idempotentRequestTarget"|"workflowTarget");

        /**
         * Encodes the specified AttachInvocationCommandMessage message. Does not implicitly {@link restate.AttachInvocationCommandMessage.verify|verify} messages.
         * @param message AttachInvocationCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.AttachInvocationCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AttachInvocationCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.AttachInvocationCommandMessage & restate.AttachInvocationCommandMessage.$Shape} AttachInvocationCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.AttachInvocationCommandMessage & restate.AttachInvocationCommandMessage.$Shape;
    }

    namespace AttachInvocationCommandMessage {

        /** Properties of an AttachInvocationCommandMessage. */
        interface $Properties {

            /** AttachInvocationCommandMessage invocationId */
            invocationId?: (string|null);

            /** AttachInvocationCommandMessage idempotentRequestTarget */
            idempotentRequestTarget?: (restate.IdempotentRequestTarget.$Properties|null);

            /** AttachInvocationCommandMessage workflowTarget */
            workflowTarget?: (restate.WorkflowTarget.$Properties|null);

            /** AttachInvocationCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** AttachInvocationCommandMessage name */
            name?: (string|null);

            /** AttachInvocationCommandMessage target */
            target?: ("invocationId"|"idempotentRequestTarget"|"workflowTarget");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an AttachInvocationCommandMessage. */
        type $Shape = {
          invocationId?: string|null;
          idempotentRequestTarget?: restate.IdempotentRequestTarget.$Shape|null;
          workflowTarget?: restate.WorkflowTarget.$Shape|null;
          resultCompletionId?: number|null;
          name?: string|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ target?: undefined; invocationId?: null; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "invocationId"; invocationId: string; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "idempotentRequestTarget"; invocationId?: null; idempotentRequestTarget: restate.IdempotentRequestTarget.$Shape; workflowTarget?: null }|{ target?: "workflowTarget"; invocationId?: null; idempotentRequestTarget?: null; workflowTarget: restate.WorkflowTarget.$Shape })
        );
    }

    /**
     * Properties of a GetInvocationOutputCommandMessage.
     * @deprecated Use restate.GetInvocationOutputCommandMessage.$Properties instead.
     */
    interface IGetInvocationOutputCommandMessage extends restate.GetInvocationOutputCommandMessage.$Properties {
    }

    /** Represents a GetInvocationOutputCommandMessage. */
    class GetInvocationOutputCommandMessage {

        /**
         * Constructs a new GetInvocationOutputCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.GetInvocationOutputCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** GetInvocationOutputCommandMessage invocationId. */
        invocationId?: (string|null);

        /** GetInvocationOutputCommandMessage idempotentRequestTarget. */
        idempotentRequestTarget?: (restate.IdempotentRequestTarget.$Properties|null);

        /** GetInvocationOutputCommandMessage workflowTarget. */
        workflowTarget?: (restate.WorkflowTarget.$Properties|null);

        /** GetInvocationOutputCommandMessage resultCompletionId. */
        resultCompletionId: number;

        /** GetInvocationOutputCommandMessage name. */
        name: string;

        /** GetInvocationOutputCommandMessage target. */
        target?: ("invocationId"|"idempotentRequestTarget"|"workflowTarget");

        /**
         * Encodes the specified GetInvocationOutputCommandMessage message. Does not implicitly {@link restate.GetInvocationOutputCommandMessage.verify|verify} messages.
         * @param message GetInvocationOutputCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.GetInvocationOutputCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a GetInvocationOutputCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.GetInvocationOutputCommandMessage & restate.GetInvocationOutputCommandMessage.$Shape} GetInvocationOutputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.GetInvocationOutputCommandMessage & restate.GetInvocationOutputCommandMessage.$Shape;
    }

    namespace GetInvocationOutputCommandMessage {

        /** Properties of a GetInvocationOutputCommandMessage. */
        interface $Properties {

            /** GetInvocationOutputCommandMessage invocationId */
            invocationId?: (string|null);

            /** GetInvocationOutputCommandMessage idempotentRequestTarget */
            idempotentRequestTarget?: (restate.IdempotentRequestTarget.$Properties|null);

            /** GetInvocationOutputCommandMessage workflowTarget */
            workflowTarget?: (restate.WorkflowTarget.$Properties|null);

            /** GetInvocationOutputCommandMessage resultCompletionId */
            resultCompletionId?: (number|null);

            /** GetInvocationOutputCommandMessage name */
            name?: (string|null);

            /** GetInvocationOutputCommandMessage target */
            target?: ("invocationId"|"idempotentRequestTarget"|"workflowTarget");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a GetInvocationOutputCommandMessage. */
        type $Shape = {
          invocationId?: string|null;
          idempotentRequestTarget?: restate.IdempotentRequestTarget.$Shape|null;
          workflowTarget?: restate.WorkflowTarget.$Shape|null;
          resultCompletionId?: number|null;
          name?: string|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ target?: undefined; invocationId?: null; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "invocationId"; invocationId: string; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "idempotentRequestTarget"; invocationId?: null; idempotentRequestTarget: restate.IdempotentRequestTarget.$Shape; workflowTarget?: null }|{ target?: "workflowTarget"; invocationId?: null; idempotentRequestTarget?: null; workflowTarget: restate.WorkflowTarget.$Shape })
        );
    }

    /**
     * Properties of a CompleteAwakeableCommandMessage.
     * @deprecated Use restate.CompleteAwakeableCommandMessage.$Properties instead.
     */
    interface ICompleteAwakeableCommandMessage extends restate.CompleteAwakeableCommandMessage.$Properties {
    }

    /** Represents a CompleteAwakeableCommandMessage. */
    class CompleteAwakeableCommandMessage {

        /**
         * Constructs a new CompleteAwakeableCommandMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.CompleteAwakeableCommandMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CompleteAwakeableCommandMessage awakeableId. */
        awakeableId: string;

        /** CompleteAwakeableCommandMessage value. */
        value?: (restate.Value.$Properties|null);

        /** CompleteAwakeableCommandMessage failure. */
        failure?: (restate.Failure.$Properties|null);

        /** CompleteAwakeableCommandMessage name. */
        name: string;

        /** CompleteAwakeableCommandMessage result. */
        result?: ("value"|"failure");

        /**
         * Encodes the specified CompleteAwakeableCommandMessage message. Does not implicitly {@link restate.CompleteAwakeableCommandMessage.verify|verify} messages.
         * @param message CompleteAwakeableCommandMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.CompleteAwakeableCommandMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CompleteAwakeableCommandMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.CompleteAwakeableCommandMessage & restate.CompleteAwakeableCommandMessage.$Shape} CompleteAwakeableCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.CompleteAwakeableCommandMessage & restate.CompleteAwakeableCommandMessage.$Shape;
    }

    namespace CompleteAwakeableCommandMessage {

        /** Properties of a CompleteAwakeableCommandMessage. */
        interface $Properties {

            /** CompleteAwakeableCommandMessage awakeableId */
            awakeableId?: (string|null);

            /** CompleteAwakeableCommandMessage value */
            value?: (restate.Value.$Properties|null);

            /** CompleteAwakeableCommandMessage failure */
            failure?: (restate.Failure.$Properties|null);

            /** CompleteAwakeableCommandMessage name */
            name?: (string|null);

            /** CompleteAwakeableCommandMessage result */
            result?: ("value"|"failure");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a CompleteAwakeableCommandMessage. */
        type $Shape = {
          awakeableId?: string|null;
          value?: restate.Value.$Shape|null;
          failure?: restate.Failure.$Shape|null;
          name?: string|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
        );
    }

    /**
     * Properties of a NotificationMessage.
     * @deprecated Use restate.NotificationMessage.$Properties instead.
     */
    interface INotificationMessage extends restate.NotificationMessage.$Properties {
    }

    /** Represents a NotificationMessage. */
    class NotificationMessage {

        /**
         * Constructs a new NotificationMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: restate.NotificationMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NotificationMessage completionId. */
        completionId?: (number|null);

        /** NotificationMessage signalIdx. */
        signalIdx?: (number|null);

        /** NotificationMessage signalName. */
        signalName?: (string|null);

        /** NotificationMessage void. */
        void?: (restate.Void.$Properties|null);

        /** NotificationMessage value. */
        value?: (restate.Value.$Properties|null);

        /** NotificationMessage failure. */
        failure?: (restate.Failure.$Properties|null);

        /** NotificationMessage invocationId. */
        invocationId?: (string|null);

        /** NotificationMessage stateKeys. */
        stateKeys?: (restate.StateKeys.$Properties|null);

        /** NotificationMessage id. */
        id?: ("completionId"|"signalIdx"|"signalName");

        /** NotificationMessage result. */
        result?: ("void"|"value"|"failure"|"invocationId"|"stateKeys");

        /**
         * Encodes the specified NotificationMessage message. Does not implicitly {@link restate.NotificationMessage.verify|verify} messages.
         * @param message NotificationMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: restate.NotificationMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NotificationMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {restate.NotificationMessage & restate.NotificationMessage.$Shape} NotificationMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): restate.NotificationMessage & restate.NotificationMessage.$Shape;
    }

    namespace NotificationMessage {

        /** Properties of a NotificationMessage. */
        interface $Properties {

            /** NotificationMessage completionId */
            completionId?: (number|null);

            /** NotificationMessage signalIdx */
            signalIdx?: (number|null);

            /** NotificationMessage signalName */
            signalName?: (string|null);

            /** NotificationMessage void */
            "void"?: (restate.Void.$Properties|null);

            /** NotificationMessage value */
            value?: (restate.Value.$Properties|null);

            /** NotificationMessage failure */
            failure?: (restate.Failure.$Properties|null);

            /** NotificationMessage invocationId */
            invocationId?: (string|null);

            /** NotificationMessage stateKeys */
            stateKeys?: (restate.StateKeys.$Properties|null);

            /** NotificationMessage id */
            id?: ("completionId"|"signalIdx"|"signalName");

            /** NotificationMessage result */
            result?: ("void"|"value"|"failure"|"invocationId"|"stateKeys");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a NotificationMessage. */
        type $Shape = {
          completionId?: number|null;
          signalIdx?: number|null;
          signalName?: string|null;
          "void"?: restate.Void.$Shape|null;
          value?: restate.Value.$Shape|null;
          failure?: restate.Failure.$Shape|null;
          invocationId?: string|null;
          stateKeys?: restate.StateKeys.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ id?: undefined; completionId?: null; signalIdx?: null; signalName?: null }|{ id?: "completionId"; completionId: number; signalIdx?: null; signalName?: null }|{ id?: "signalIdx"; completionId?: null; signalIdx: number; signalName?: null }|{ id?: "signalName"; completionId?: null; signalIdx?: null; signalName: string })
        ) & (
          ({ result?: undefined; "void"?: null; value?: null; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "failure"; "void"?: null; value?: null; failure: restate.Failure.$Shape; invocationId?: null; stateKeys?: null }|{ result?: "invocationId"; "void"?: null; value?: null; failure?: null; invocationId: string; stateKeys?: null }|{ result?: "stateKeys"; "void"?: null; value?: null; failure?: null; invocationId?: null; stateKeys: restate.StateKeys.$Shape })
        );
    }
}
