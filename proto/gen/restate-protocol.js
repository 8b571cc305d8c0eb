/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["restate"] || ($protobuf.roots["restate"] = {});

export const restate = $root.restate = (() => {

    /**
     * Namespace restate.
     * @exports restate
     * @namespace
     */
    const restate = {};

    restate.StartMessage = (function() {

        /**
         * Properties of a StartMessage.
         * @typedef {Object} restate.StartMessage.$Properties
         * @property {Uint8Array|null} [id] StartMessage id
         * @property {string|null} [debugId] StartMessage debugId
         * @property {number|null} [knownEntries] StartMessage knownEntries
         * @property {Array.<restate.StartMessage.StateEntry.$Properties>|null} [stateMap] StartMessage stateMap
         * @property {boolean|null} [partialState] StartMessage partialState
         * @property {string|null} [key] StartMessage key
         * @property {number|null} [retryCountSinceLastStoredEntry] StartMessage retryCountSinceLastStoredEntry
         * @property {Long|null} [durationSinceLastStoredEntry] StartMessage durationSinceLastStoredEntry
         * @property {Long|null} [randomSeed] StartMessage randomSeed
         * @property {string|null} [scope] StartMessage scope
         * @property {string|null} [limitKey] StartMessage limitKey
         * @property {string|null} [idempotencyKey] StartMessage idempotencyKey
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a StartMessage.
         * @memberof restate
         * @interface IStartMessage
         * @augments restate.StartMessage.$Properties
         * @deprecated Use restate.StartMessage.$Properties instead.
         */

        /**
         * Shape of a StartMessage.
         * @typedef {restate.StartMessage.$Properties} restate.StartMessage.$Shape
         */

        /**
         * Constructs a new StartMessage.
         * @memberof restate
         * @classdesc Represents a StartMessage.
         * @constructor
         * @param {restate.StartMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const StartMessage = function (properties) {
            this.stateMap = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * StartMessage id.
         * @member {Uint8Array} id
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.id = $util.newBuffer([]);

        /**
         * StartMessage debugId.
         * @member {string} debugId
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.debugId = "";

        /**
         * StartMessage knownEntries.
         * @member {number} knownEntries
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.knownEntries = 0;

        /**
         * StartMessage stateMap.
         * @member {Array.<restate.StartMessage.StateEntry.$Properties>} stateMap
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.stateMap = $util.emptyArray;

        /**
         * StartMessage partialState.
         * @member {boolean} partialState
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.partialState = false;

        /**
         * StartMessage key.
         * @member {string} key
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.key = "";

        /**
         * StartMessage retryCountSinceLastStoredEntry.
         * @member {number} retryCountSinceLastStoredEntry
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.retryCountSinceLastStoredEntry = 0;

        /**
         * StartMessage durationSinceLastStoredEntry.
         * @member {Long} durationSinceLastStoredEntry
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.durationSinceLastStoredEntry = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * StartMessage randomSeed.
         * @member {Long} randomSeed
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.randomSeed = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * StartMessage scope.
         * @member {string|null|undefined} scope
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.scope = null;

        /**
         * StartMessage limitKey.
         * @member {string|null|undefined} limitKey
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.limitKey = null;

        /**
         * StartMessage idempotencyKey.
         * @member {string|null|undefined} idempotencyKey
         * @memberof restate.StartMessage
         * @instance
         */
        StartMessage.prototype.idempotencyKey = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StartMessage.prototype, "_scope", {
            get: $util.oneOfGetter($oneOfFields = ["scope"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StartMessage.prototype, "_limitKey", {
            get: $util.oneOfGetter($oneOfFields = ["limitKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StartMessage.prototype, "_idempotencyKey", {
            get: $util.oneOfGetter($oneOfFields = ["idempotencyKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified StartMessage message. Does not implicitly {@link restate.StartMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.StartMessage
         * @static
         * @param {restate.StartMessage.$Properties} message StartMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        StartMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.id);
            if (message.debugId != null && $Object.hasOwnProperty.call(message, "debugId") && message.debugId !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.debugId);
            if (message.knownEntries != null && $Object.hasOwnProperty.call(message, "knownEntries") && message.knownEntries !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.knownEntries);
            if (message.stateMap != null && message.stateMap.length)
                for (let i = 0; i < message.stateMap.length; ++i)
                    $root.restate.StartMessage.StateEntry.encode(message.stateMap[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.partialState != null && $Object.hasOwnProperty.call(message, "partialState") && message.partialState !== false)
                writer.uint32(/* id 5, wireType 0 =*/40).bool(message.partialState);
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.key);
            if (message.retryCountSinceLastStoredEntry != null && $Object.hasOwnProperty.call(message, "retryCountSinceLastStoredEntry") && message.retryCountSinceLastStoredEntry !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.retryCountSinceLastStoredEntry);
            if (message.durationSinceLastStoredEntry != null && $Object.hasOwnProperty.call(message, "durationSinceLastStoredEntry") && (typeof message.durationSinceLastStoredEntry === "object" ? message.durationSinceLastStoredEntry.low || message.durationSinceLastStoredEntry.high : message.durationSinceLastStoredEntry !== 0))
                writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.durationSinceLastStoredEntry);
            if (message.randomSeed != null && $Object.hasOwnProperty.call(message, "randomSeed") && (typeof message.randomSeed === "object" ? message.randomSeed.low || message.randomSeed.high : message.randomSeed !== 0))
                writer.uint32(/* id 9, wireType 0 =*/72).uint64(message.randomSeed);
            if (message.scope != null && $Object.hasOwnProperty.call(message, "scope"))
                writer.uint32(/* id 10, wireType 2 =*/82).string(message.scope);
            if (message.limitKey != null && $Object.hasOwnProperty.call(message, "limitKey"))
                writer.uint32(/* id 11, wireType 2 =*/90).string(message.limitKey);
            if (message.idempotencyKey != null && $Object.hasOwnProperty.call(message, "idempotencyKey"))
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.idempotencyKey);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a StartMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.StartMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.StartMessage & restate.StartMessage.$Shape} StartMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        StartMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.StartMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.id = value;
                        else
                            delete message.id;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.debugId = value;
                        else
                            delete message.debugId;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.knownEntries = value;
                        else
                            delete message.knownEntries;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if (!(message.stateMap && message.stateMap.length))
                            message.stateMap = [];
                        message.stateMap.push($root.restate.StartMessage.StateEntry.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.partialState = value;
                        else
                            delete message.partialState;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryCountSinceLastStoredEntry = value;
                        else
                            delete message.retryCountSinceLastStoredEntry;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.durationSinceLastStoredEntry = value;
                        else
                            delete message.durationSinceLastStoredEntry;
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.randomSeed = value;
                        else
                            delete message.randomSeed;
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        message.scope = reader.stringVerify();
                        message._scope = "scope";
                        continue;
                    }
                case 11: {
                        if (wireType !== 2)
                            break;
                        message.limitKey = reader.stringVerify();
                        message._limitKey = "limitKey";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        message.idempotencyKey = reader.stringVerify();
                        message._idempotencyKey = "idempotencyKey";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        StartMessage.StateEntry = (function() {

            /**
             * Properties of a StateEntry.
             * @typedef {Object} restate.StartMessage.StateEntry.$Properties
             * @property {Uint8Array|null} [key] StateEntry key
             * @property {Uint8Array|null} [value] StateEntry value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a StateEntry.
             * @memberof restate.StartMessage
             * @interface IStateEntry
             * @augments restate.StartMessage.StateEntry.$Properties
             * @deprecated Use restate.StartMessage.StateEntry.$Properties instead.
             */

            /**
             * Shape of a StateEntry.
             * @typedef {restate.StartMessage.StateEntry.$Properties} restate.StartMessage.StateEntry.$Shape
             */

            /**
             * Constructs a new StateEntry.
             * @memberof restate.StartMessage
             * @classdesc Represents a StateEntry.
             * @constructor
             * @param {restate.StartMessage.StateEntry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const StateEntry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * StateEntry key.
             * @member {Uint8Array} key
             * @memberof restate.StartMessage.StateEntry
             * @instance
             */
            StateEntry.prototype.key = $util.newBuffer([]);

            /**
             * StateEntry value.
             * @member {Uint8Array} value
             * @memberof restate.StartMessage.StateEntry
             * @instance
             */
            StateEntry.prototype.value = $util.newBuffer([]);

            /**
             * Encodes the specified StateEntry message. Does not implicitly {@link restate.StartMessage.StateEntry.verify|verify} messages.
             * @function encode
             * @memberof restate.StartMessage.StateEntry
             * @static
             * @param {restate.StartMessage.StateEntry.$Properties} message StateEntry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            StateEntry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.key);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a StateEntry message from the specified reader or buffer.
             * @function decode
             * @memberof restate.StartMessage.StateEntry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {restate.StartMessage.StateEntry & restate.StartMessage.StateEntry.$Shape} StateEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            StateEntry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.restate.StartMessage.StateEntry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.key = value;
                            else
                                delete message.key;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return StateEntry;
        })();

        return StartMessage;
    })();

    restate.SuspensionMessage = (function() {

        /**
         * Properties of a SuspensionMessage.
         * @typedef {Object} restate.SuspensionMessage.$Properties
         * @property {Array.<number>|null} [waitingCompletions] SuspensionMessage waitingCompletions
         * @property {Array.<number>|null} [waitingSignals] SuspensionMessage waitingSignals
         * @property {Array.<string>|null} [waitingNamedSignals] SuspensionMessage waitingNamedSignals
         * @property {restate.Future.$Properties|null} [awaitingOn] SuspensionMessage awaitingOn
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a SuspensionMessage.
         * @memberof restate
         * @interface ISuspensionMessage
         * @augments restate.SuspensionMessage.$Properties
         * @deprecated Use restate.SuspensionMessage.$Properties instead.
         */

        /**
         * Shape of a SuspensionMessage.
         * @typedef {restate.SuspensionMessage.$Properties} restate.SuspensionMessage.$Shape
         */

        /**
         * Constructs a new SuspensionMessage.
         * @memberof restate
         * @classdesc Represents a SuspensionMessage.
         * @constructor
         * @param {restate.SuspensionMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const SuspensionMessage = function (properties) {
            this.waitingCompletions = [];
            this.waitingSignals = [];
            this.waitingNamedSignals = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * SuspensionMessage waitingCompletions.
         * @member {Array.<number>} waitingCompletions
         * @memberof restate.SuspensionMessage
         * @instance
         */
        SuspensionMessage.prototype.waitingCompletions = $util.emptyArray;

        /**
         * SuspensionMessage waitingSignals.
         * @member {Array.<number>} waitingSignals
         * @memberof restate.SuspensionMessage
         * @instance
         */
        SuspensionMessage.prototype.waitingSignals = $util.emptyArray;

        /**
         * SuspensionMessage waitingNamedSignals.
         * @member {Array.<string>} waitingNamedSignals
         * @memberof restate.SuspensionMessage
         * @instance
         */
        SuspensionMessage.prototype.waitingNamedSignals = $util.emptyArray;

        /**
         * SuspensionMessage awaitingOn.
         * @member {restate.Future.$Properties|null|undefined} awaitingOn
         * @memberof restate.SuspensionMessage
         * @instance
         */
        SuspensionMessage.prototype.awaitingOn = null;

        /**
         * Encodes the specified SuspensionMessage message. Does not implicitly {@link restate.SuspensionMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.SuspensionMessage
         * @static
         * @param {restate.SuspensionMessage.$Properties} message SuspensionMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        SuspensionMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.waitingCompletions != null && message.waitingCompletions.length)
                writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.waitingCompletions);
            if (message.waitingSignals != null && message.waitingSignals.length)
                writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.waitingSignals);
            if (message.waitingNamedSignals != null && message.waitingNamedSignals.length)
                for (let i = 0; i < message.waitingNamedSignals.length; ++i)
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.waitingNamedSignals[i]);
            if (message.awaitingOn != null && $Object.hasOwnProperty.call(message, "awaitingOn"))
                $root.restate.Future.encode(message.awaitingOn, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a SuspensionMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.SuspensionMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.SuspensionMessage & restate.SuspensionMessage.$Shape} SuspensionMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        SuspensionMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.SuspensionMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType === 2) {
                            if (!(message.waitingCompletions && message.waitingCompletions.length))
                                message.waitingCompletions = [];
                            reader.uint32s(message.waitingCompletions);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.waitingCompletions && message.waitingCompletions.length))
                            message.waitingCompletions = [];
                        message.waitingCompletions.push(reader.uint32());
                        continue;
                    }
                case 2: {
                        if (wireType === 2) {
                            if (!(message.waitingSignals && message.waitingSignals.length))
                                message.waitingSignals = [];
                            reader.uint32s(message.waitingSignals);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.waitingSignals && message.waitingSignals.length))
                            message.waitingSignals = [];
                        message.waitingSignals.push(reader.uint32());
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.waitingNamedSignals && message.waitingNamedSignals.length))
                            message.waitingNamedSignals = [];
                        message.waitingNamedSignals.push(reader.stringVerify());
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.awaitingOn = $root.restate.Future.decode(reader, reader.size(), $undefined, _depth + 1, message.awaitingOn);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return SuspensionMessage;
    })();

    restate.ErrorMessage = (function() {

        /**
         * Properties of an ErrorMessage.
         * @typedef {Object} restate.ErrorMessage.$Properties
         * @property {number|null} [code] ErrorMessage code
         * @property {string|null} [message] ErrorMessage message
         * @property {string|null} [stacktrace] ErrorMessage stacktrace
         * @property {number|null} [relatedCommandIndex] ErrorMessage relatedCommandIndex
         * @property {string|null} [relatedCommandName] ErrorMessage relatedCommandName
         * @property {number|null} [relatedCommandType] ErrorMessage relatedCommandType
         * @property {Long|null} [nextRetryDelay] ErrorMessage nextRetryDelay
         * @property {restate.ErrorMessage.Behavior|null} [behavior] ErrorMessage behavior
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an ErrorMessage.
         * @memberof restate
         * @interface IErrorMessage
         * @augments restate.ErrorMessage.$Properties
         * @deprecated Use restate.ErrorMessage.$Properties instead.
         */

        /**
         * Shape of an ErrorMessage.
         * @typedef {restate.ErrorMessage.$Properties} restate.ErrorMessage.$Shape
         */

        /**
         * Constructs a new ErrorMessage.
         * @memberof restate
         * @classdesc Represents an ErrorMessage.
         * @constructor
         * @param {restate.ErrorMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ErrorMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ErrorMessage code.
         * @member {number} code
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.code = 0;

        /**
         * ErrorMessage message.
         * @member {string} message
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.message = "";

        /**
         * ErrorMessage stacktrace.
         * @member {string} stacktrace
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.stacktrace = "";

        /**
         * ErrorMessage relatedCommandIndex.
         * @member {number|null|undefined} relatedCommandIndex
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.relatedCommandIndex = null;

        /**
         * ErrorMessage relatedCommandName.
         * @member {string|null|undefined} relatedCommandName
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.relatedCommandName = null;

        /**
         * ErrorMessage relatedCommandType.
         * @member {number|null|undefined} relatedCommandType
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.relatedCommandType = null;

        /**
         * ErrorMessage nextRetryDelay.
         * @member {Long|null|undefined} nextRetryDelay
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.nextRetryDelay = null;

        /**
         * ErrorMessage behavior.
         * @member {restate.ErrorMessage.Behavior} behavior
         * @memberof restate.ErrorMessage
         * @instance
         */
        ErrorMessage.prototype.behavior = 0;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ErrorMessage.prototype, "_relatedCommandIndex", {
            get: $util.oneOfGetter($oneOfFields = ["relatedCommandIndex"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ErrorMessage.prototype, "_relatedCommandName", {
            get: $util.oneOfGetter($oneOfFields = ["relatedCommandName"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ErrorMessage.prototype, "_relatedCommandType", {
            get: $util.oneOfGetter($oneOfFields = ["relatedCommandType"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ErrorMessage.prototype, "_nextRetryDelay", {
            get: $util.oneOfGetter($oneOfFields = ["nextRetryDelay"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified ErrorMessage message. Does not implicitly {@link restate.ErrorMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.ErrorMessage
         * @static
         * @param {restate.ErrorMessage.$Properties} message ErrorMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ErrorMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.stacktrace != null && $Object.hasOwnProperty.call(message, "stacktrace") && message.stacktrace !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.stacktrace);
            if (message.relatedCommandIndex != null && $Object.hasOwnProperty.call(message, "relatedCommandIndex"))
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.relatedCommandIndex);
            if (message.relatedCommandName != null && $Object.hasOwnProperty.call(message, "relatedCommandName"))
                writer.uint32(/* id 5, wireType 2 =*/42).string(message.relatedCommandName);
            if (message.relatedCommandType != null && $Object.hasOwnProperty.call(message, "relatedCommandType"))
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.relatedCommandType);
            if (message.nextRetryDelay != null && $Object.hasOwnProperty.call(message, "nextRetryDelay"))
                writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.nextRetryDelay);
            if (message.behavior != null && $Object.hasOwnProperty.call(message, "behavior") && message.behavior !== 0)
                writer.uint32(/* id 9, wireType 0 =*/72).int32(message.behavior);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an ErrorMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.ErrorMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.ErrorMessage & restate.ErrorMessage.$Shape} ErrorMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ErrorMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.ErrorMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.stacktrace = value;
                        else
                            delete message.stacktrace;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        message.relatedCommandIndex = reader.uint32();
                        message._relatedCommandIndex = "relatedCommandIndex";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.relatedCommandName = reader.stringVerify();
                        message._relatedCommandName = "relatedCommandName";
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        message.relatedCommandType = reader.uint32();
                        message._relatedCommandType = "relatedCommandType";
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        message.nextRetryDelay = reader.uint64();
                        message._nextRetryDelay = "nextRetryDelay";
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.behavior = value;
                        else
                            delete message.behavior;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Behavior enum.
         * @name restate.ErrorMessage.Behavior
         * @enum {number}
         * @property {number} RETRY=0 RETRY value
         * @property {number} PAUSE=1 PAUSE value
         * @property {number} FAIL=2 FAIL value
         */
        ErrorMessage.Behavior = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "RETRY"] = 0;
            values[valuesById[1] = "PAUSE"] = 1;
            values[valuesById[2] = "FAIL"] = 2;
            return values;
        })();

        return ErrorMessage;
    })();

    restate.EndMessage = (function() {

        /**
         * Properties of an EndMessage.
         * @typedef {Object} restate.EndMessage.$Properties
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an EndMessage.
         * @memberof restate
         * @interface IEndMessage
         * @augments restate.EndMessage.$Properties
         * @deprecated Use restate.EndMessage.$Properties instead.
         */

        /**
         * Shape of an EndMessage.
         * @typedef {restate.EndMessage.$Properties} restate.EndMessage.$Shape
         */

        /**
         * Constructs a new EndMessage.
         * @memberof restate
         * @classdesc Represents an EndMessage.
         * @constructor
         * @param {restate.EndMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const EndMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Encodes the specified EndMessage message. Does not implicitly {@link restate.EndMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.EndMessage
         * @static
         * @param {restate.EndMessage.$Properties} message EndMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        EndMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an EndMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.EndMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.EndMessage & restate.EndMessage.$Shape} EndMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        EndMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.EndMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                reader.skipType(tag & 7, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return EndMessage;
    })();

    restate.CommandAckMessage = (function() {

        /**
         * Properties of a CommandAckMessage.
         * @typedef {Object} restate.CommandAckMessage.$Properties
         * @property {number|null} [commandIndex] CommandAckMessage commandIndex
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CommandAckMessage.
         * @memberof restate
         * @interface ICommandAckMessage
         * @augments restate.CommandAckMessage.$Properties
         * @deprecated Use restate.CommandAckMessage.$Properties instead.
         */

        /**
         * Shape of a CommandAckMessage.
         * @typedef {restate.CommandAckMessage.$Properties} restate.CommandAckMessage.$Shape
         */

        /**
         * Constructs a new CommandAckMessage.
         * @memberof restate
         * @classdesc Represents a CommandAckMessage.
         * @constructor
         * @param {restate.CommandAckMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CommandAckMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CommandAckMessage commandIndex.
         * @member {number} commandIndex
         * @memberof restate.CommandAckMessage
         * @instance
         */
        CommandAckMessage.prototype.commandIndex = 0;

        /**
         * Encodes the specified CommandAckMessage message. Does not implicitly {@link restate.CommandAckMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.CommandAckMessage
         * @static
         * @param {restate.CommandAckMessage.$Properties} message CommandAckMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CommandAckMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.commandIndex != null && $Object.hasOwnProperty.call(message, "commandIndex") && message.commandIndex !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.commandIndex);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CommandAckMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.CommandAckMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.CommandAckMessage & restate.CommandAckMessage.$Shape} CommandAckMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CommandAckMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.CommandAckMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.commandIndex = value;
                        else
                            delete message.commandIndex;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CommandAckMessage;
    })();

    restate.ProposeRunCompletionMessage = (function() {

        /**
         * Properties of a ProposeRunCompletionMessage.
         * @typedef {Object} restate.ProposeRunCompletionMessage.$Properties
         * @property {number|null} [resultCompletionId] ProposeRunCompletionMessage resultCompletionId
         * @property {Uint8Array|null} [value] ProposeRunCompletionMessage value
         * @property {restate.Failure.$Properties|null} [failure] ProposeRunCompletionMessage failure
         * @property {"value"|"failure"} [result] ProposeRunCompletionMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ProposeRunCompletionMessage.
         * @memberof restate
         * @interface IProposeRunCompletionMessage
         * @augments restate.ProposeRunCompletionMessage.$Properties
         * @deprecated Use restate.ProposeRunCompletionMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a ProposeRunCompletionMessage.
         * @typedef {{
         *   resultCompletionId?: number|null;
         *   value?: Uint8Array|null;
         *   failure?: restate.Failure.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: Uint8Array; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
         * )} restate.ProposeRunCompletionMessage.$Shape
         */

        /**
         * Constructs a new ProposeRunCompletionMessage.
         * @memberof restate
         * @classdesc Represents a ProposeRunCompletionMessage.
         * @constructor
         * @param {restate.ProposeRunCompletionMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ProposeRunCompletionMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ProposeRunCompletionMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.ProposeRunCompletionMessage
         * @instance
         */
        ProposeRunCompletionMessage.prototype.resultCompletionId = 0;

        /**
         * ProposeRunCompletionMessage value.
         * @member {Uint8Array|null|undefined} value
         * @memberof restate.ProposeRunCompletionMessage
         * @instance
         */
        ProposeRunCompletionMessage.prototype.value = null;

        /**
         * ProposeRunCompletionMessage failure.
         * @member {restate.Failure.$Properties|null|undefined} failure
         * @memberof restate.ProposeRunCompletionMessage
         * @instance
         */
        ProposeRunCompletionMessage.prototype.failure = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * ProposeRunCompletionMessage result.
         * @member {"value"|"failure"|undefined} result
         * @memberof restate.ProposeRunCompletionMessage
         * @instance
         */
        $Object.defineProperty(ProposeRunCompletionMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["value", "failure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified ProposeRunCompletionMessage message. Does not implicitly {@link restate.ProposeRunCompletionMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.ProposeRunCompletionMessage
         * @static
         * @param {restate.ProposeRunCompletionMessage.$Properties} message ProposeRunCompletionMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ProposeRunCompletionMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.resultCompletionId);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                writer.uint32(/* id 14, wireType 2 =*/114).bytes(message.value);
            if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                $root.restate.Failure.encode(message.failure, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ProposeRunCompletionMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.ProposeRunCompletionMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.ProposeRunCompletionMessage & restate.ProposeRunCompletionMessage.$Shape} ProposeRunCompletionMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ProposeRunCompletionMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.ProposeRunCompletionMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.value = reader.bytes();
                        message.result = "value";
                        continue;
                    }
                case 15: {
                        if (wireType !== 2)
                            break;
                        message.failure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.failure);
                        message.result = "failure";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ProposeRunCompletionMessage;
    })();

    restate.AwaitingOnMessage = (function() {

        /**
         * Properties of an AwaitingOnMessage.
         * @typedef {Object} restate.AwaitingOnMessage.$Properties
         * @property {restate.Future.$Properties|null} [awaitingOn] AwaitingOnMessage awaitingOn
         * @property {boolean|null} [executingSideEffects] AwaitingOnMessage executingSideEffects
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an AwaitingOnMessage.
         * @memberof restate
         * @interface IAwaitingOnMessage
         * @augments restate.AwaitingOnMessage.$Properties
         * @deprecated Use restate.AwaitingOnMessage.$Properties instead.
         */

        /**
         * Shape of an AwaitingOnMessage.
         * @typedef {restate.AwaitingOnMessage.$Properties} restate.AwaitingOnMessage.$Shape
         */

        /**
         * Constructs a new AwaitingOnMessage.
         * @memberof restate
         * @classdesc Represents an AwaitingOnMessage.
         * @constructor
         * @param {restate.AwaitingOnMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const AwaitingOnMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * AwaitingOnMessage awaitingOn.
         * @member {restate.Future.$Properties|null|undefined} awaitingOn
         * @memberof restate.AwaitingOnMessage
         * @instance
         */
        AwaitingOnMessage.prototype.awaitingOn = null;

        /**
         * AwaitingOnMessage executingSideEffects.
         * @member {boolean} executingSideEffects
         * @memberof restate.AwaitingOnMessage
         * @instance
         */
        AwaitingOnMessage.prototype.executingSideEffects = false;

        /**
         * Encodes the specified AwaitingOnMessage message. Does not implicitly {@link restate.AwaitingOnMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.AwaitingOnMessage
         * @static
         * @param {restate.AwaitingOnMessage.$Properties} message AwaitingOnMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        AwaitingOnMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.awaitingOn != null && $Object.hasOwnProperty.call(message, "awaitingOn"))
                $root.restate.Future.encode(message.awaitingOn, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.executingSideEffects != null && $Object.hasOwnProperty.call(message, "executingSideEffects") && message.executingSideEffects !== false)
                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.executingSideEffects);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an AwaitingOnMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.AwaitingOnMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.AwaitingOnMessage & restate.AwaitingOnMessage.$Shape} AwaitingOnMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        AwaitingOnMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.AwaitingOnMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.awaitingOn = $root.restate.Future.decode(reader, reader.size(), $undefined, _depth + 1, message.awaitingOn);
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.executingSideEffects = value;
                        else
                            delete message.executingSideEffects;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return AwaitingOnMessage;
    })();

    restate.ProposeRunCompletionAckMessage = (function() {

        /**
         * Properties of a ProposeRunCompletionAckMessage.
         * @typedef {Object} restate.ProposeRunCompletionAckMessage.$Properties
         * @property {number|null} [completionId] ProposeRunCompletionAckMessage completionId
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ProposeRunCompletionAckMessage.
         * @memberof restate
         * @interface IProposeRunCompletionAckMessage
         * @augments restate.ProposeRunCompletionAckMessage.$Properties
         * @deprecated Use restate.ProposeRunCompletionAckMessage.$Properties instead.
         */

        /**
         * Shape of a ProposeRunCompletionAckMessage.
         * @typedef {restate.ProposeRunCompletionAckMessage.$Properties} restate.ProposeRunCompletionAckMessage.$Shape
         */

        /**
         * Constructs a new ProposeRunCompletionAckMessage.
         * @memberof restate
         * @classdesc Represents a ProposeRunCompletionAckMessage.
         * @constructor
         * @param {restate.ProposeRunCompletionAckMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ProposeRunCompletionAckMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ProposeRunCompletionAckMessage completionId.
         * @member {number} completionId
         * @memberof restate.ProposeRunCompletionAckMessage
         * @instance
         */
        ProposeRunCompletionAckMessage.prototype.completionId = 0;

        /**
         * Encodes the specified ProposeRunCompletionAckMessage message. Does not implicitly {@link restate.ProposeRunCompletionAckMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.ProposeRunCompletionAckMessage
         * @static
         * @param {restate.ProposeRunCompletionAckMessage.$Properties} message ProposeRunCompletionAckMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ProposeRunCompletionAckMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.completionId != null && $Object.hasOwnProperty.call(message, "completionId") && message.completionId !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.completionId);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ProposeRunCompletionAckMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.ProposeRunCompletionAckMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.ProposeRunCompletionAckMessage & restate.ProposeRunCompletionAckMessage.$Shape} ProposeRunCompletionAckMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ProposeRunCompletionAckMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.ProposeRunCompletionAckMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.completionId = value;
                        else
                            delete message.completionId;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ProposeRunCompletionAckMessage;
    })();

    restate.Value = (function() {

        /**
         * Properties of a Value.
         * @typedef {Object} restate.Value.$Properties
         * @property {Uint8Array|null} [content] Value content
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Value.
         * @memberof restate
         * @interface IValue
         * @augments restate.Value.$Properties
         * @deprecated Use restate.Value.$Properties instead.
         */

        /**
         * Shape of a Value.
         * @typedef {restate.Value.$Properties} restate.Value.$Shape
         */

        /**
         * Constructs a new Value.
         * @memberof restate
         * @classdesc Represents a Value.
         * @constructor
         * @param {restate.Value.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Value = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Value content.
         * @member {Uint8Array} content
         * @memberof restate.Value
         * @instance
         */
        Value.prototype.content = $util.newBuffer([]);

        /**
         * Encodes the specified Value message. Does not implicitly {@link restate.Value.verify|verify} messages.
         * @function encode
         * @memberof restate.Value
         * @static
         * @param {restate.Value.$Properties} message Value message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Value.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.content);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Value message from the specified reader or buffer.
         * @function decode
         * @memberof restate.Value
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.Value & restate.Value.$Shape} Value
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Value.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.Value();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Value;
    })();

    restate.Failure = (function() {

        /**
         * Properties of a Failure.
         * @typedef {Object} restate.Failure.$Properties
         * @property {number|null} [code] Failure code
         * @property {string|null} [message] Failure message
         * @property {Array.<restate.Failure.Metadata.$Properties>|null} [metadata] Failure metadata
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Failure.
         * @memberof restate
         * @interface IFailure
         * @augments restate.Failure.$Properties
         * @deprecated Use restate.Failure.$Properties instead.
         */

        /**
         * Shape of a Failure.
         * @typedef {restate.Failure.$Properties} restate.Failure.$Shape
         */

        /**
         * Constructs a new Failure.
         * @memberof restate
         * @classdesc Represents a Failure.
         * @constructor
         * @param {restate.Failure.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Failure = function (properties) {
            this.metadata = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Failure code.
         * @member {number} code
         * @memberof restate.Failure
         * @instance
         */
        Failure.prototype.code = 0;

        /**
         * Failure message.
         * @member {string} message
         * @memberof restate.Failure
         * @instance
         */
        Failure.prototype.message = "";

        /**
         * Failure metadata.
         * @member {Array.<restate.Failure.Metadata.$Properties>} metadata
         * @memberof restate.Failure
         * @instance
         */
        Failure.prototype.metadata = $util.emptyArray;

        /**
         * Encodes the specified Failure message. Does not implicitly {@link restate.Failure.verify|verify} messages.
         * @function encode
         * @memberof restate.Failure
         * @static
         * @param {restate.Failure.$Properties} message Failure message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Failure.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.metadata != null && message.metadata.length)
                for (let i = 0; i < message.metadata.length; ++i)
                    $root.restate.Failure.Metadata.encode(message.metadata[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Failure message from the specified reader or buffer.
         * @function decode
         * @memberof restate.Failure
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.Failure & restate.Failure.$Shape} Failure
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Failure.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.Failure();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.metadata && message.metadata.length))
                            message.metadata = [];
                        message.metadata.push($root.restate.Failure.Metadata.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        Failure.Metadata = (function() {

            /**
             * Properties of a Metadata.
             * @typedef {Object} restate.Failure.Metadata.$Properties
             * @property {string|null} [key] Metadata key
             * @property {string|null} [value] Metadata value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Metadata.
             * @memberof restate.Failure
             * @interface IMetadata
             * @augments restate.Failure.Metadata.$Properties
             * @deprecated Use restate.Failure.Metadata.$Properties instead.
             */

            /**
             * Shape of a Metadata.
             * @typedef {restate.Failure.Metadata.$Properties} restate.Failure.Metadata.$Shape
             */

            /**
             * Constructs a new Metadata.
             * @memberof restate.Failure
             * @classdesc Represents a Metadata.
             * @constructor
             * @param {restate.Failure.Metadata.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Metadata = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Metadata key.
             * @member {string} key
             * @memberof restate.Failure.Metadata
             * @instance
             */
            Metadata.prototype.key = "";

            /**
             * Metadata value.
             * @member {string} value
             * @memberof restate.Failure.Metadata
             * @instance
             */
            Metadata.prototype.value = "";

            /**
             * Encodes the specified Metadata message. Does not implicitly {@link restate.Failure.Metadata.verify|verify} messages.
             * @function encode
             * @memberof restate.Failure.Metadata
             * @static
             * @param {restate.Failure.Metadata.$Properties} message Metadata message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Metadata.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Metadata message from the specified reader or buffer.
             * @function decode
             * @memberof restate.Failure.Metadata
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {restate.Failure.Metadata & restate.Failure.Metadata.$Shape} Metadata
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Metadata.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.restate.Failure.Metadata();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.key = value;
                            else
                                delete message.key;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Metadata;
        })();

        return Failure;
    })();

    restate.Header = (function() {

        /**
         * Properties of a Header.
         * @typedef {Object} restate.Header.$Properties
         * @property {string|null} [key] Header key
         * @property {string|null} [value] Header value
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Header.
         * @memberof restate
         * @interface IHeader
         * @augments restate.Header.$Properties
         * @deprecated Use restate.Header.$Properties instead.
         */

        /**
         * Shape of a Header.
         * @typedef {restate.Header.$Properties} restate.Header.$Shape
         */

        /**
         * Constructs a new Header.
         * @memberof restate
         * @classdesc Represents a Header.
         * @constructor
         * @param {restate.Header.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Header = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Header key.
         * @member {string} key
         * @memberof restate.Header
         * @instance
         */
        Header.prototype.key = "";

        /**
         * Header value.
         * @member {string} value
         * @memberof restate.Header
         * @instance
         */
        Header.prototype.value = "";

        /**
         * Encodes the specified Header message. Does not implicitly {@link restate.Header.verify|verify} messages.
         * @function encode
         * @memberof restate.Header
         * @static
         * @param {restate.Header.$Properties} message Header message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Header.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Header message from the specified reader or buffer.
         * @function decode
         * @memberof restate.Header
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.Header & restate.Header.$Shape} Header
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Header.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.Header();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.value = value;
                        else
                            delete message.value;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Header;
    })();

    restate.StateKeys = (function() {

        /**
         * Properties of a StateKeys.
         * @typedef {Object} restate.StateKeys.$Properties
         * @property {Array.<Uint8Array>|null} [keys] StateKeys keys
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a StateKeys.
         * @memberof restate
         * @interface IStateKeys
         * @augments restate.StateKeys.$Properties
         * @deprecated Use restate.StateKeys.$Properties instead.
         */

        /**
         * Shape of a StateKeys.
         * @typedef {restate.StateKeys.$Properties} restate.StateKeys.$Shape
         */

        /**
         * Constructs a new StateKeys.
         * @memberof restate
         * @classdesc Represents a StateKeys.
         * @constructor
         * @param {restate.StateKeys.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const StateKeys = function (properties) {
            this.keys = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * StateKeys keys.
         * @member {Array.<Uint8Array>} keys
         * @memberof restate.StateKeys
         * @instance
         */
        StateKeys.prototype.keys = $util.emptyArray;

        /**
         * Encodes the specified StateKeys message. Does not implicitly {@link restate.StateKeys.verify|verify} messages.
         * @function encode
         * @memberof restate.StateKeys
         * @static
         * @param {restate.StateKeys.$Properties} message StateKeys message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        StateKeys.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.keys != null && message.keys.length)
                for (let i = 0; i < message.keys.length; ++i)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.keys[i]);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a StateKeys message from the specified reader or buffer.
         * @function decode
         * @memberof restate.StateKeys
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.StateKeys & restate.StateKeys.$Shape} StateKeys
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        StateKeys.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.StateKeys();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.keys && message.keys.length))
                            message.keys = [];
                        message.keys.push(reader.bytes());
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return StateKeys;
    })();

    restate.Void = (function() {

        /**
         * Properties of a Void.
         * @typedef {Object} restate.Void.$Properties
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Void.
         * @memberof restate
         * @interface IVoid
         * @augments restate.Void.$Properties
         * @deprecated Use restate.Void.$Properties instead.
         */

        /**
         * Shape of a Void.
         * @typedef {restate.Void.$Properties} restate.Void.$Shape
         */

        /**
         * Constructs a new Void.
         * @memberof restate
         * @classdesc Represents a Void.
         * @constructor
         * @param {restate.Void.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Void = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Encodes the specified Void message. Does not implicitly {@link restate.Void.verify|verify} messages.
         * @function encode
         * @memberof restate.Void
         * @static
         * @param {restate.Void.$Properties} message Void message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Void.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Void message from the specified reader or buffer.
         * @function decode
         * @memberof restate.Void
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.Void & restate.Void.$Shape} Void
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Void.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.Void();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                reader.skipType(tag & 7, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Void;
    })();

    restate.WorkflowTarget = (function() {

        /**
         * Properties of a WorkflowTarget.
         * @typedef {Object} restate.WorkflowTarget.$Properties
         * @property {string|null} [workflowName] WorkflowTarget workflowName
         * @property {string|null} [workflowKey] WorkflowTarget workflowKey
         * @property {string|null} [scope] WorkflowTarget scope
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a WorkflowTarget.
         * @memberof restate
         * @interface IWorkflowTarget
         * @augments restate.WorkflowTarget.$Properties
         * @deprecated Use restate.WorkflowTarget.$Properties instead.
         */

        /**
         * Shape of a WorkflowTarget.
         * @typedef {restate.WorkflowTarget.$Properties} restate.WorkflowTarget.$Shape
         */

        /**
         * Constructs a new WorkflowTarget.
         * @memberof restate
         * @classdesc Represents a WorkflowTarget.
         * @constructor
         * @param {restate.WorkflowTarget.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const WorkflowTarget = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * WorkflowTarget workflowName.
         * @member {string} workflowName
         * @memberof restate.WorkflowTarget
         * @instance
         */
        WorkflowTarget.prototype.workflowName = "";

        /**
         * WorkflowTarget workflowKey.
         * @member {string} workflowKey
         * @memberof restate.WorkflowTarget
         * @instance
         */
        WorkflowTarget.prototype.workflowKey = "";

        /**
         * WorkflowTarget scope.
         * @member {string|null|undefined} scope
         * @memberof restate.WorkflowTarget
         * @instance
         */
        WorkflowTarget.prototype.scope = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(WorkflowTarget.prototype, "_scope", {
            get: $util.oneOfGetter($oneOfFields = ["scope"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified WorkflowTarget message. Does not implicitly {@link restate.WorkflowTarget.verify|verify} messages.
         * @function encode
         * @memberof restate.WorkflowTarget
         * @static
         * @param {restate.WorkflowTarget.$Properties} message WorkflowTarget message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        WorkflowTarget.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.workflowName != null && $Object.hasOwnProperty.call(message, "workflowName") && message.workflowName !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.workflowName);
            if (message.workflowKey != null && $Object.hasOwnProperty.call(message, "workflowKey") && message.workflowKey !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.workflowKey);
            if (message.scope != null && $Object.hasOwnProperty.call(message, "scope"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.scope);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a WorkflowTarget message from the specified reader or buffer.
         * @function decode
         * @memberof restate.WorkflowTarget
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.WorkflowTarget & restate.WorkflowTarget.$Shape} WorkflowTarget
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        WorkflowTarget.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.WorkflowTarget();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.workflowName = value;
                        else
                            delete message.workflowName;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.workflowKey = value;
                        else
                            delete message.workflowKey;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.scope = reader.stringVerify();
                        message._scope = "scope";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return WorkflowTarget;
    })();

    restate.IdempotentRequestTarget = (function() {

        /**
         * Properties of an IdempotentRequestTarget.
         * @typedef {Object} restate.IdempotentRequestTarget.$Properties
         * @property {string|null} [serviceName] IdempotentRequestTarget serviceName
         * @property {string|null} [serviceKey] IdempotentRequestTarget serviceKey
         * @property {string|null} [handlerName] IdempotentRequestTarget handlerName
         * @property {string|null} [idempotencyKey] IdempotentRequestTarget idempotencyKey
         * @property {string|null} [scope] IdempotentRequestTarget scope
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an IdempotentRequestTarget.
         * @memberof restate
         * @interface IIdempotentRequestTarget
         * @augments restate.IdempotentRequestTarget.$Properties
         * @deprecated Use restate.IdempotentRequestTarget.$Properties instead.
         */

        /**
         * Shape of an IdempotentRequestTarget.
         * @typedef {restate.IdempotentRequestTarget.$Properties} restate.IdempotentRequestTarget.$Shape
         */

        /**
         * Constructs a new IdempotentRequestTarget.
         * @memberof restate
         * @classdesc Represents an IdempotentRequestTarget.
         * @constructor
         * @param {restate.IdempotentRequestTarget.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const IdempotentRequestTarget = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * IdempotentRequestTarget serviceName.
         * @member {string} serviceName
         * @memberof restate.IdempotentRequestTarget
         * @instance
         */
        IdempotentRequestTarget.prototype.serviceName = "";

        /**
         * IdempotentRequestTarget serviceKey.
         * @member {string|null|undefined} serviceKey
         * @memberof restate.IdempotentRequestTarget
         * @instance
         */
        IdempotentRequestTarget.prototype.serviceKey = null;

        /**
         * IdempotentRequestTarget handlerName.
         * @member {string} handlerName
         * @memberof restate.IdempotentRequestTarget
         * @instance
         */
        IdempotentRequestTarget.prototype.handlerName = "";

        /**
         * IdempotentRequestTarget idempotencyKey.
         * @member {string} idempotencyKey
         * @memberof restate.IdempotentRequestTarget
         * @instance
         */
        IdempotentRequestTarget.prototype.idempotencyKey = "";

        /**
         * IdempotentRequestTarget scope.
         * @member {string|null|undefined} scope
         * @memberof restate.IdempotentRequestTarget
         * @instance
         */
        IdempotentRequestTarget.prototype.scope = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(IdempotentRequestTarget.prototype, "_serviceKey", {
            get: $util.oneOfGetter($oneOfFields = ["serviceKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(IdempotentRequestTarget.prototype, "_scope", {
            get: $util.oneOfGetter($oneOfFields = ["scope"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified IdempotentRequestTarget message. Does not implicitly {@link restate.IdempotentRequestTarget.verify|verify} messages.
         * @function encode
         * @memberof restate.IdempotentRequestTarget
         * @static
         * @param {restate.IdempotentRequestTarget.$Properties} message IdempotentRequestTarget message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        IdempotentRequestTarget.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.serviceName != null && $Object.hasOwnProperty.call(message, "serviceName") && message.serviceName !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.serviceName);
            if (message.serviceKey != null && $Object.hasOwnProperty.call(message, "serviceKey"))
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.serviceKey);
            if (message.handlerName != null && $Object.hasOwnProperty.call(message, "handlerName") && message.handlerName !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.handlerName);
            if (message.idempotencyKey != null && $Object.hasOwnProperty.call(message, "idempotencyKey") && message.idempotencyKey !== "")
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.idempotencyKey);
            if (message.scope != null && $Object.hasOwnProperty.call(message, "scope"))
                writer.uint32(/* id 5, wireType 2 =*/42).string(message.scope);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an IdempotentRequestTarget message from the specified reader or buffer.
         * @function decode
         * @memberof restate.IdempotentRequestTarget
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.IdempotentRequestTarget & restate.IdempotentRequestTarget.$Shape} IdempotentRequestTarget
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        IdempotentRequestTarget.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.IdempotentRequestTarget();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.serviceName = value;
                        else
                            delete message.serviceName;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.serviceKey = reader.stringVerify();
                        message._serviceKey = "serviceKey";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.handlerName = value;
                        else
                            delete message.handlerName;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.idempotencyKey = value;
                        else
                            delete message.idempotencyKey;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.scope = reader.stringVerify();
                        message._scope = "scope";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return IdempotentRequestTarget;
    })();

    /**
     * CombinatorType enum.
     * @name restate.CombinatorType
     * @enum {number}
     * @property {number} UNKNOWN=0 UNKNOWN value
     * @property {number} FIRST_COMPLETED=1 FIRST_COMPLETED value
     * @property {number} ALL_COMPLETED=2 ALL_COMPLETED value
     * @property {number} FIRST_SUCCEEDED_OR_ALL_FAILED=3 FIRST_SUCCEEDED_OR_ALL_FAILED value
     * @property {number} ALL_SUCCEEDED_OR_FIRST_FAILED=4 ALL_SUCCEEDED_OR_FIRST_FAILED value
     */
    restate.CombinatorType = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "UNKNOWN"] = 0;
        values[valuesById[1] = "FIRST_COMPLETED"] = 1;
        values[valuesById[2] = "ALL_COMPLETED"] = 2;
        values[valuesById[3] = "FIRST_SUCCEEDED_OR_ALL_FAILED"] = 3;
        values[valuesById[4] = "ALL_SUCCEEDED_OR_FIRST_FAILED"] = 4;
        return values;
    })();

    restate.Future = (function() {

        /**
         * Properties of a Future.
         * @typedef {Object} restate.Future.$Properties
         * @property {Array.<number>|null} [waitingCompletions] Future waitingCompletions
         * @property {Array.<number>|null} [waitingSignals] Future waitingSignals
         * @property {Array.<string>|null} [waitingNamedSignals] Future waitingNamedSignals
         * @property {Array.<restate.Future.$Properties>|null} [nestedFutures] Future nestedFutures
         * @property {restate.CombinatorType|null} [combinatorType] Future combinatorType
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Future.
         * @memberof restate
         * @interface IFuture
         * @augments restate.Future.$Properties
         * @deprecated Use restate.Future.$Properties instead.
         */

        /**
         * Shape of a Future.
         * @typedef {restate.Future.$Properties} restate.Future.$Shape
         */

        /**
         * Constructs a new Future.
         * @memberof restate
         * @classdesc Represents a Future.
         * @constructor
         * @param {restate.Future.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Future = function (properties) {
            this.waitingCompletions = [];
            this.waitingSignals = [];
            this.waitingNamedSignals = [];
            this.nestedFutures = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Future waitingCompletions.
         * @member {Array.<number>} waitingCompletions
         * @memberof restate.Future
         * @instance
         */
        Future.prototype.waitingCompletions = $util.emptyArray;

        /**
         * Future waitingSignals.
         * @member {Array.<number>} waitingSignals
         * @memberof restate.Future
         * @instance
         */
        Future.prototype.waitingSignals = $util.emptyArray;

        /**
         * Future waitingNamedSignals.
         * @member {Array.<string>} waitingNamedSignals
         * @memberof restate.Future
         * @instance
         */
        Future.prototype.waitingNamedSignals = $util.emptyArray;

        /**
         * Future nestedFutures.
         * @member {Array.<restate.Future.$Properties>} nestedFutures
         * @memberof restate.Future
         * @instance
         */
        Future.prototype.nestedFutures = $util.emptyArray;

        /**
         * Future combinatorType.
         * @member {restate.CombinatorType} combinatorType
         * @memberof restate.Future
         * @instance
         */
        Future.prototype.combinatorType = 0;

        /**
         * Encodes the specified Future message. Does not implicitly {@link restate.Future.verify|verify} messages.
         * @function encode
         * @memberof restate.Future
         * @static
         * @param {restate.Future.$Properties} message Future message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Future.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.waitingCompletions != null && message.waitingCompletions.length)
                writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.waitingCompletions);
            if (message.waitingSignals != null && message.waitingSignals.length)
                writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.waitingSignals);
            if (message.waitingNamedSignals != null && message.waitingNamedSignals.length)
                for (let i = 0; i < message.waitingNamedSignals.length; ++i)
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.waitingNamedSignals[i]);
            if (message.nestedFutures != null && message.nestedFutures.length)
                for (let i = 0; i < message.nestedFutures.length; ++i)
                    $root.restate.Future.encode(message.nestedFutures[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.combinatorType != null && $Object.hasOwnProperty.call(message, "combinatorType") && message.combinatorType !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).int32(message.combinatorType);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Future message from the specified reader or buffer.
         * @function decode
         * @memberof restate.Future
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.Future & restate.Future.$Shape} Future
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Future.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.Future();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType === 2) {
                            if (!(message.waitingCompletions && message.waitingCompletions.length))
                                message.waitingCompletions = [];
                            reader.uint32s(message.waitingCompletions);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.waitingCompletions && message.waitingCompletions.length))
                            message.waitingCompletions = [];
                        message.waitingCompletions.push(reader.uint32());
                        continue;
                    }
                case 2: {
                        if (wireType === 2) {
                            if (!(message.waitingSignals && message.waitingSignals.length))
                                message.waitingSignals = [];
                            reader.uint32s(message.waitingSignals);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.waitingSignals && message.waitingSignals.length))
                            message.waitingSignals = [];
                        message.waitingSignals.push(reader.uint32());
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.waitingNamedSignals && message.waitingNamedSignals.length))
                            message.waitingNamedSignals = [];
                        message.waitingNamedSignals.push(reader.stringVerify());
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if (!(message.nestedFutures && message.nestedFutures.length))
                            message.nestedFutures = [];
                        message.nestedFutures.push($root.restate.Future.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.combinatorType = value;
                        else
                            delete message.combinatorType;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Future;
    })();

    restate.InputCommandMessage = (function() {

        /**
         * Properties of an InputCommandMessage.
         * @typedef {Object} restate.InputCommandMessage.$Properties
         * @property {Array.<restate.Header.$Properties>|null} [headers] InputCommandMessage headers
         * @property {string|null} [name] InputCommandMessage name
         * @property {restate.Value.$Properties|null} [value] InputCommandMessage value
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an InputCommandMessage.
         * @memberof restate
         * @interface IInputCommandMessage
         * @augments restate.InputCommandMessage.$Properties
         * @deprecated Use restate.InputCommandMessage.$Properties instead.
         */

        /**
         * Shape of an InputCommandMessage.
         * @typedef {restate.InputCommandMessage.$Properties} restate.InputCommandMessage.$Shape
         */

        /**
         * Constructs a new InputCommandMessage.
         * @memberof restate
         * @classdesc Represents an InputCommandMessage.
         * @constructor
         * @param {restate.InputCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const InputCommandMessage = function (properties) {
            this.headers = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * InputCommandMessage headers.
         * @member {Array.<restate.Header.$Properties>} headers
         * @memberof restate.InputCommandMessage
         * @instance
         */
        InputCommandMessage.prototype.headers = $util.emptyArray;

        /**
         * InputCommandMessage name.
         * @member {string} name
         * @memberof restate.InputCommandMessage
         * @instance
         */
        InputCommandMessage.prototype.name = "";

        /**
         * InputCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.InputCommandMessage
         * @instance
         */
        InputCommandMessage.prototype.value = null;

        /**
         * Encodes the specified InputCommandMessage message. Does not implicitly {@link restate.InputCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.InputCommandMessage
         * @static
         * @param {restate.InputCommandMessage.$Properties} message InputCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        InputCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.headers != null && message.headers.length)
                for (let i = 0; i < message.headers.length; ++i)
                    $root.restate.Header.encode(message.headers[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an InputCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.InputCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.InputCommandMessage & restate.InputCommandMessage.$Shape} InputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        InputCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.InputCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.headers && message.headers.length))
                            message.headers = [];
                        message.headers.push($root.restate.Header.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return InputCommandMessage;
    })();

    restate.OutputCommandMessage = (function() {

        /**
         * Properties of an OutputCommandMessage.
         * @typedef {Object} restate.OutputCommandMessage.$Properties
         * @property {string|null} [name] OutputCommandMessage name
         * @property {restate.Value.$Properties|null} [value] OutputCommandMessage value
         * @property {restate.Failure.$Properties|null} [failure] OutputCommandMessage failure
         * @property {"value"|"failure"} [result] OutputCommandMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an OutputCommandMessage.
         * @memberof restate
         * @interface IOutputCommandMessage
         * @augments restate.OutputCommandMessage.$Properties
         * @deprecated Use restate.OutputCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of an OutputCommandMessage.
         * @typedef {{
         *   name?: string|null;
         *   value?: restate.Value.$Shape|null;
         *   failure?: restate.Failure.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
         * )} restate.OutputCommandMessage.$Shape
         */

        /**
         * Constructs a new OutputCommandMessage.
         * @memberof restate
         * @classdesc Represents an OutputCommandMessage.
         * @constructor
         * @param {restate.OutputCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const OutputCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * OutputCommandMessage name.
         * @member {string} name
         * @memberof restate.OutputCommandMessage
         * @instance
         */
        OutputCommandMessage.prototype.name = "";

        /**
         * OutputCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.OutputCommandMessage
         * @instance
         */
        OutputCommandMessage.prototype.value = null;

        /**
         * OutputCommandMessage failure.
         * @member {restate.Failure.$Properties|null|undefined} failure
         * @memberof restate.OutputCommandMessage
         * @instance
         */
        OutputCommandMessage.prototype.failure = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * OutputCommandMessage result.
         * @member {"value"|"failure"|undefined} result
         * @memberof restate.OutputCommandMessage
         * @instance
         */
        $Object.defineProperty(OutputCommandMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["value", "failure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified OutputCommandMessage message. Does not implicitly {@link restate.OutputCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.OutputCommandMessage
         * @static
         * @param {restate.OutputCommandMessage.$Properties} message OutputCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        OutputCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                $root.restate.Failure.encode(message.failure, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an OutputCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.OutputCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.OutputCommandMessage & restate.OutputCommandMessage.$Shape} OutputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        OutputCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.OutputCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        message.result = "value";
                        continue;
                    }
                case 15: {
                        if (wireType !== 2)
                            break;
                        message.failure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.failure);
                        message.result = "failure";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return OutputCommandMessage;
    })();

    restate.GetLazyStateCommandMessage = (function() {

        /**
         * Properties of a GetLazyStateCommandMessage.
         * @typedef {Object} restate.GetLazyStateCommandMessage.$Properties
         * @property {Uint8Array|null} [key] GetLazyStateCommandMessage key
         * @property {number|null} [resultCompletionId] GetLazyStateCommandMessage resultCompletionId
         * @property {string|null} [name] GetLazyStateCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetLazyStateCommandMessage.
         * @memberof restate
         * @interface IGetLazyStateCommandMessage
         * @augments restate.GetLazyStateCommandMessage.$Properties
         * @deprecated Use restate.GetLazyStateCommandMessage.$Properties instead.
         */

        /**
         * Shape of a GetLazyStateCommandMessage.
         * @typedef {restate.GetLazyStateCommandMessage.$Properties} restate.GetLazyStateCommandMessage.$Shape
         */

        /**
         * Constructs a new GetLazyStateCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetLazyStateCommandMessage.
         * @constructor
         * @param {restate.GetLazyStateCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetLazyStateCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetLazyStateCommandMessage key.
         * @member {Uint8Array} key
         * @memberof restate.GetLazyStateCommandMessage
         * @instance
         */
        GetLazyStateCommandMessage.prototype.key = $util.newBuffer([]);

        /**
         * GetLazyStateCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.GetLazyStateCommandMessage
         * @instance
         */
        GetLazyStateCommandMessage.prototype.resultCompletionId = 0;

        /**
         * GetLazyStateCommandMessage name.
         * @member {string} name
         * @memberof restate.GetLazyStateCommandMessage
         * @instance
         */
        GetLazyStateCommandMessage.prototype.name = "";

        /**
         * Encodes the specified GetLazyStateCommandMessage message. Does not implicitly {@link restate.GetLazyStateCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetLazyStateCommandMessage
         * @static
         * @param {restate.GetLazyStateCommandMessage.$Properties} message GetLazyStateCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetLazyStateCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.key);
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetLazyStateCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetLazyStateCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetLazyStateCommandMessage & restate.GetLazyStateCommandMessage.$Shape} GetLazyStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetLazyStateCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetLazyStateCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetLazyStateCommandMessage;
    })();

    restate.SetStateCommandMessage = (function() {

        /**
         * Properties of a SetStateCommandMessage.
         * @typedef {Object} restate.SetStateCommandMessage.$Properties
         * @property {Uint8Array|null} [key] SetStateCommandMessage key
         * @property {restate.Value.$Properties|null} [value] SetStateCommandMessage value
         * @property {string|null} [name] SetStateCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a SetStateCommandMessage.
         * @memberof restate
         * @interface ISetStateCommandMessage
         * @augments restate.SetStateCommandMessage.$Properties
         * @deprecated Use restate.SetStateCommandMessage.$Properties instead.
         */

        /**
         * Shape of a SetStateCommandMessage.
         * @typedef {restate.SetStateCommandMessage.$Properties} restate.SetStateCommandMessage.$Shape
         */

        /**
         * Constructs a new SetStateCommandMessage.
         * @memberof restate
         * @classdesc Represents a SetStateCommandMessage.
         * @constructor
         * @param {restate.SetStateCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const SetStateCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * SetStateCommandMessage key.
         * @member {Uint8Array} key
         * @memberof restate.SetStateCommandMessage
         * @instance
         */
        SetStateCommandMessage.prototype.key = $util.newBuffer([]);

        /**
         * SetStateCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.SetStateCommandMessage
         * @instance
         */
        SetStateCommandMessage.prototype.value = null;

        /**
         * SetStateCommandMessage name.
         * @member {string} name
         * @memberof restate.SetStateCommandMessage
         * @instance
         */
        SetStateCommandMessage.prototype.name = "";

        /**
         * Encodes the specified SetStateCommandMessage message. Does not implicitly {@link restate.SetStateCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.SetStateCommandMessage
         * @static
         * @param {restate.SetStateCommandMessage.$Properties} message SetStateCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        SetStateCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.key);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a SetStateCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.SetStateCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.SetStateCommandMessage & restate.SetStateCommandMessage.$Shape} SetStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        SetStateCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.SetStateCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return SetStateCommandMessage;
    })();

    restate.ClearStateCommandMessage = (function() {

        /**
         * Properties of a ClearStateCommandMessage.
         * @typedef {Object} restate.ClearStateCommandMessage.$Properties
         * @property {Uint8Array|null} [key] ClearStateCommandMessage key
         * @property {string|null} [name] ClearStateCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ClearStateCommandMessage.
         * @memberof restate
         * @interface IClearStateCommandMessage
         * @augments restate.ClearStateCommandMessage.$Properties
         * @deprecated Use restate.ClearStateCommandMessage.$Properties instead.
         */

        /**
         * Shape of a ClearStateCommandMessage.
         * @typedef {restate.ClearStateCommandMessage.$Properties} restate.ClearStateCommandMessage.$Shape
         */

        /**
         * Constructs a new ClearStateCommandMessage.
         * @memberof restate
         * @classdesc Represents a ClearStateCommandMessage.
         * @constructor
         * @param {restate.ClearStateCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ClearStateCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ClearStateCommandMessage key.
         * @member {Uint8Array} key
         * @memberof restate.ClearStateCommandMessage
         * @instance
         */
        ClearStateCommandMessage.prototype.key = $util.newBuffer([]);

        /**
         * ClearStateCommandMessage name.
         * @member {string} name
         * @memberof restate.ClearStateCommandMessage
         * @instance
         */
        ClearStateCommandMessage.prototype.name = "";

        /**
         * Encodes the specified ClearStateCommandMessage message. Does not implicitly {@link restate.ClearStateCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.ClearStateCommandMessage
         * @static
         * @param {restate.ClearStateCommandMessage.$Properties} message ClearStateCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ClearStateCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.key);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ClearStateCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.ClearStateCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.ClearStateCommandMessage & restate.ClearStateCommandMessage.$Shape} ClearStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ClearStateCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.ClearStateCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ClearStateCommandMessage;
    })();

    restate.ClearAllStateCommandMessage = (function() {

        /**
         * Properties of a ClearAllStateCommandMessage.
         * @typedef {Object} restate.ClearAllStateCommandMessage.$Properties
         * @property {string|null} [name] ClearAllStateCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ClearAllStateCommandMessage.
         * @memberof restate
         * @interface IClearAllStateCommandMessage
         * @augments restate.ClearAllStateCommandMessage.$Properties
         * @deprecated Use restate.ClearAllStateCommandMessage.$Properties instead.
         */

        /**
         * Shape of a ClearAllStateCommandMessage.
         * @typedef {restate.ClearAllStateCommandMessage.$Properties} restate.ClearAllStateCommandMessage.$Shape
         */

        /**
         * Constructs a new ClearAllStateCommandMessage.
         * @memberof restate
         * @classdesc Represents a ClearAllStateCommandMessage.
         * @constructor
         * @param {restate.ClearAllStateCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ClearAllStateCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ClearAllStateCommandMessage name.
         * @member {string} name
         * @memberof restate.ClearAllStateCommandMessage
         * @instance
         */
        ClearAllStateCommandMessage.prototype.name = "";

        /**
         * Encodes the specified ClearAllStateCommandMessage message. Does not implicitly {@link restate.ClearAllStateCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.ClearAllStateCommandMessage
         * @static
         * @param {restate.ClearAllStateCommandMessage.$Properties} message ClearAllStateCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ClearAllStateCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ClearAllStateCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.ClearAllStateCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.ClearAllStateCommandMessage & restate.ClearAllStateCommandMessage.$Shape} ClearAllStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ClearAllStateCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.ClearAllStateCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ClearAllStateCommandMessage;
    })();

    restate.GetLazyStateKeysCommandMessage = (function() {

        /**
         * Properties of a GetLazyStateKeysCommandMessage.
         * @typedef {Object} restate.GetLazyStateKeysCommandMessage.$Properties
         * @property {number|null} [resultCompletionId] GetLazyStateKeysCommandMessage resultCompletionId
         * @property {string|null} [name] GetLazyStateKeysCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetLazyStateKeysCommandMessage.
         * @memberof restate
         * @interface IGetLazyStateKeysCommandMessage
         * @augments restate.GetLazyStateKeysCommandMessage.$Properties
         * @deprecated Use restate.GetLazyStateKeysCommandMessage.$Properties instead.
         */

        /**
         * Shape of a GetLazyStateKeysCommandMessage.
         * @typedef {restate.GetLazyStateKeysCommandMessage.$Properties} restate.GetLazyStateKeysCommandMessage.$Shape
         */

        /**
         * Constructs a new GetLazyStateKeysCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetLazyStateKeysCommandMessage.
         * @constructor
         * @param {restate.GetLazyStateKeysCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetLazyStateKeysCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetLazyStateKeysCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.GetLazyStateKeysCommandMessage
         * @instance
         */
        GetLazyStateKeysCommandMessage.prototype.resultCompletionId = 0;

        /**
         * GetLazyStateKeysCommandMessage name.
         * @member {string} name
         * @memberof restate.GetLazyStateKeysCommandMessage
         * @instance
         */
        GetLazyStateKeysCommandMessage.prototype.name = "";

        /**
         * Encodes the specified GetLazyStateKeysCommandMessage message. Does not implicitly {@link restate.GetLazyStateKeysCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetLazyStateKeysCommandMessage
         * @static
         * @param {restate.GetLazyStateKeysCommandMessage.$Properties} message GetLazyStateKeysCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetLazyStateKeysCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetLazyStateKeysCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetLazyStateKeysCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetLazyStateKeysCommandMessage & restate.GetLazyStateKeysCommandMessage.$Shape} GetLazyStateKeysCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetLazyStateKeysCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetLazyStateKeysCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetLazyStateKeysCommandMessage;
    })();

    restate.GetEagerStateCommandMessage = (function() {

        /**
         * Properties of a GetEagerStateCommandMessage.
         * @typedef {Object} restate.GetEagerStateCommandMessage.$Properties
         * @property {Uint8Array|null} [key] GetEagerStateCommandMessage key
         * @property {string|null} [name] GetEagerStateCommandMessage name
         * @property {restate.Void.$Properties|null} ["void"] GetEagerStateCommandMessage void
         * @property {restate.Value.$Properties|null} [value] GetEagerStateCommandMessage value
         * @property {"void"|"value"} [result] GetEagerStateCommandMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetEagerStateCommandMessage.
         * @memberof restate
         * @interface IGetEagerStateCommandMessage
         * @augments restate.GetEagerStateCommandMessage.$Properties
         * @deprecated Use restate.GetEagerStateCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a GetEagerStateCommandMessage.
         * @typedef {{
         *   key?: Uint8Array|null;
         *   name?: string|null;
         *   "void"?: restate.Void.$Shape|null;
         *   value?: restate.Value.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ result?: undefined; "void"?: null; value?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape })
         * )} restate.GetEagerStateCommandMessage.$Shape
         */

        /**
         * Constructs a new GetEagerStateCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetEagerStateCommandMessage.
         * @constructor
         * @param {restate.GetEagerStateCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetEagerStateCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetEagerStateCommandMessage key.
         * @member {Uint8Array} key
         * @memberof restate.GetEagerStateCommandMessage
         * @instance
         */
        GetEagerStateCommandMessage.prototype.key = $util.newBuffer([]);

        /**
         * GetEagerStateCommandMessage name.
         * @member {string} name
         * @memberof restate.GetEagerStateCommandMessage
         * @instance
         */
        GetEagerStateCommandMessage.prototype.name = "";

        /**
         * GetEagerStateCommandMessage void.
         * @member {restate.Void.$Properties|null|undefined} void
         * @memberof restate.GetEagerStateCommandMessage
         * @instance
         */
        GetEagerStateCommandMessage.prototype["void"] = null;

        /**
         * GetEagerStateCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.GetEagerStateCommandMessage
         * @instance
         */
        GetEagerStateCommandMessage.prototype.value = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * GetEagerStateCommandMessage result.
         * @member {"void"|"value"|undefined} result
         * @memberof restate.GetEagerStateCommandMessage
         * @instance
         */
        $Object.defineProperty(GetEagerStateCommandMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["void", "value"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified GetEagerStateCommandMessage message. Does not implicitly {@link restate.GetEagerStateCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetEagerStateCommandMessage
         * @static
         * @param {restate.GetEagerStateCommandMessage.$Properties} message GetEagerStateCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetEagerStateCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.key);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message["void"] != null && $Object.hasOwnProperty.call(message, "void"))
                $root.restate.Void.encode(message["void"], writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetEagerStateCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetEagerStateCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetEagerStateCommandMessage & restate.GetEagerStateCommandMessage.$Shape} GetEagerStateCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetEagerStateCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetEagerStateCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                case 13: {
                        if (wireType !== 2)
                            break;
                        message["void"] = $root.restate.Void.decode(reader, reader.size(), $undefined, _depth + 1, message["void"]);
                        message.result = "void";
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        message.result = "value";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetEagerStateCommandMessage;
    })();

    restate.GetEagerStateKeysCommandMessage = (function() {

        /**
         * Properties of a GetEagerStateKeysCommandMessage.
         * @typedef {Object} restate.GetEagerStateKeysCommandMessage.$Properties
         * @property {string|null} [name] GetEagerStateKeysCommandMessage name
         * @property {restate.StateKeys.$Properties|null} [value] GetEagerStateKeysCommandMessage value
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetEagerStateKeysCommandMessage.
         * @memberof restate
         * @interface IGetEagerStateKeysCommandMessage
         * @augments restate.GetEagerStateKeysCommandMessage.$Properties
         * @deprecated Use restate.GetEagerStateKeysCommandMessage.$Properties instead.
         */

        /**
         * Shape of a GetEagerStateKeysCommandMessage.
         * @typedef {restate.GetEagerStateKeysCommandMessage.$Properties} restate.GetEagerStateKeysCommandMessage.$Shape
         */

        /**
         * Constructs a new GetEagerStateKeysCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetEagerStateKeysCommandMessage.
         * @constructor
         * @param {restate.GetEagerStateKeysCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetEagerStateKeysCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetEagerStateKeysCommandMessage name.
         * @member {string} name
         * @memberof restate.GetEagerStateKeysCommandMessage
         * @instance
         */
        GetEagerStateKeysCommandMessage.prototype.name = "";

        /**
         * GetEagerStateKeysCommandMessage value.
         * @member {restate.StateKeys.$Properties|null|undefined} value
         * @memberof restate.GetEagerStateKeysCommandMessage
         * @instance
         */
        GetEagerStateKeysCommandMessage.prototype.value = null;

        /**
         * Encodes the specified GetEagerStateKeysCommandMessage message. Does not implicitly {@link restate.GetEagerStateKeysCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetEagerStateKeysCommandMessage
         * @static
         * @param {restate.GetEagerStateKeysCommandMessage.$Properties} message GetEagerStateKeysCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetEagerStateKeysCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.StateKeys.encode(message.value, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetEagerStateKeysCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetEagerStateKeysCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetEagerStateKeysCommandMessage & restate.GetEagerStateKeysCommandMessage.$Shape} GetEagerStateKeysCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetEagerStateKeysCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetEagerStateKeysCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.StateKeys.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetEagerStateKeysCommandMessage;
    })();

    restate.GetPromiseCommandMessage = (function() {

        /**
         * Properties of a GetPromiseCommandMessage.
         * @typedef {Object} restate.GetPromiseCommandMessage.$Properties
         * @property {string|null} [key] GetPromiseCommandMessage key
         * @property {number|null} [resultCompletionId] GetPromiseCommandMessage resultCompletionId
         * @property {string|null} [name] GetPromiseCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetPromiseCommandMessage.
         * @memberof restate
         * @interface IGetPromiseCommandMessage
         * @augments restate.GetPromiseCommandMessage.$Properties
         * @deprecated Use restate.GetPromiseCommandMessage.$Properties instead.
         */

        /**
         * Shape of a GetPromiseCommandMessage.
         * @typedef {restate.GetPromiseCommandMessage.$Properties} restate.GetPromiseCommandMessage.$Shape
         */

        /**
         * Constructs a new GetPromiseCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetPromiseCommandMessage.
         * @constructor
         * @param {restate.GetPromiseCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetPromiseCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetPromiseCommandMessage key.
         * @member {string} key
         * @memberof restate.GetPromiseCommandMessage
         * @instance
         */
        GetPromiseCommandMessage.prototype.key = "";

        /**
         * GetPromiseCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.GetPromiseCommandMessage
         * @instance
         */
        GetPromiseCommandMessage.prototype.resultCompletionId = 0;

        /**
         * GetPromiseCommandMessage name.
         * @member {string} name
         * @memberof restate.GetPromiseCommandMessage
         * @instance
         */
        GetPromiseCommandMessage.prototype.name = "";

        /**
         * Encodes the specified GetPromiseCommandMessage message. Does not implicitly {@link restate.GetPromiseCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetPromiseCommandMessage
         * @static
         * @param {restate.GetPromiseCommandMessage.$Properties} message GetPromiseCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetPromiseCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetPromiseCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetPromiseCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetPromiseCommandMessage & restate.GetPromiseCommandMessage.$Shape} GetPromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetPromiseCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetPromiseCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetPromiseCommandMessage;
    })();

    restate.PeekPromiseCommandMessage = (function() {

        /**
         * Properties of a PeekPromiseCommandMessage.
         * @typedef {Object} restate.PeekPromiseCommandMessage.$Properties
         * @property {string|null} [key] PeekPromiseCommandMessage key
         * @property {number|null} [resultCompletionId] PeekPromiseCommandMessage resultCompletionId
         * @property {string|null} [name] PeekPromiseCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PeekPromiseCommandMessage.
         * @memberof restate
         * @interface IPeekPromiseCommandMessage
         * @augments restate.PeekPromiseCommandMessage.$Properties
         * @deprecated Use restate.PeekPromiseCommandMessage.$Properties instead.
         */

        /**
         * Shape of a PeekPromiseCommandMessage.
         * @typedef {restate.PeekPromiseCommandMessage.$Properties} restate.PeekPromiseCommandMessage.$Shape
         */

        /**
         * Constructs a new PeekPromiseCommandMessage.
         * @memberof restate
         * @classdesc Represents a PeekPromiseCommandMessage.
         * @constructor
         * @param {restate.PeekPromiseCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PeekPromiseCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * PeekPromiseCommandMessage key.
         * @member {string} key
         * @memberof restate.PeekPromiseCommandMessage
         * @instance
         */
        PeekPromiseCommandMessage.prototype.key = "";

        /**
         * PeekPromiseCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.PeekPromiseCommandMessage
         * @instance
         */
        PeekPromiseCommandMessage.prototype.resultCompletionId = 0;

        /**
         * PeekPromiseCommandMessage name.
         * @member {string} name
         * @memberof restate.PeekPromiseCommandMessage
         * @instance
         */
        PeekPromiseCommandMessage.prototype.name = "";

        /**
         * Encodes the specified PeekPromiseCommandMessage message. Does not implicitly {@link restate.PeekPromiseCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.PeekPromiseCommandMessage
         * @static
         * @param {restate.PeekPromiseCommandMessage.$Properties} message PeekPromiseCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PeekPromiseCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a PeekPromiseCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.PeekPromiseCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.PeekPromiseCommandMessage & restate.PeekPromiseCommandMessage.$Shape} PeekPromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PeekPromiseCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.PeekPromiseCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return PeekPromiseCommandMessage;
    })();

    restate.CompletePromiseCommandMessage = (function() {

        /**
         * Properties of a CompletePromiseCommandMessage.
         * @typedef {Object} restate.CompletePromiseCommandMessage.$Properties
         * @property {string|null} [key] CompletePromiseCommandMessage key
         * @property {restate.Value.$Properties|null} [completionValue] CompletePromiseCommandMessage completionValue
         * @property {restate.Failure.$Properties|null} [completionFailure] CompletePromiseCommandMessage completionFailure
         * @property {number|null} [resultCompletionId] CompletePromiseCommandMessage resultCompletionId
         * @property {string|null} [name] CompletePromiseCommandMessage name
         * @property {"completionValue"|"completionFailure"} [completion] CompletePromiseCommandMessage completion
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CompletePromiseCommandMessage.
         * @memberof restate
         * @interface ICompletePromiseCommandMessage
         * @augments restate.CompletePromiseCommandMessage.$Properties
         * @deprecated Use restate.CompletePromiseCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a CompletePromiseCommandMessage.
         * @typedef {{
         *   key?: string|null;
         *   completionValue?: restate.Value.$Shape|null;
         *   completionFailure?: restate.Failure.$Shape|null;
         *   resultCompletionId?: number|null;
         *   name?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ completion?: undefined; completionValue?: null; completionFailure?: null }|{ completion?: "completionValue"; completionValue: restate.Value.$Shape; completionFailure?: null }|{ completion?: "completionFailure"; completionValue?: null; completionFailure: restate.Failure.$Shape })
         * )} restate.CompletePromiseCommandMessage.$Shape
         */

        /**
         * Constructs a new CompletePromiseCommandMessage.
         * @memberof restate
         * @classdesc Represents a CompletePromiseCommandMessage.
         * @constructor
         * @param {restate.CompletePromiseCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CompletePromiseCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CompletePromiseCommandMessage key.
         * @member {string} key
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        CompletePromiseCommandMessage.prototype.key = "";

        /**
         * CompletePromiseCommandMessage completionValue.
         * @member {restate.Value.$Properties|null|undefined} completionValue
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        CompletePromiseCommandMessage.prototype.completionValue = null;

        /**
         * CompletePromiseCommandMessage completionFailure.
         * @member {restate.Failure.$Properties|null|undefined} completionFailure
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        CompletePromiseCommandMessage.prototype.completionFailure = null;

        /**
         * CompletePromiseCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        CompletePromiseCommandMessage.prototype.resultCompletionId = 0;

        /**
         * CompletePromiseCommandMessage name.
         * @member {string} name
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        CompletePromiseCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * CompletePromiseCommandMessage completion.
         * @member {"completionValue"|"completionFailure"|undefined} completion
         * @memberof restate.CompletePromiseCommandMessage
         * @instance
         */
        $Object.defineProperty(CompletePromiseCommandMessage.prototype, "completion", {
            get: $util.oneOfGetter($oneOfFields = ["completionValue", "completionFailure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified CompletePromiseCommandMessage message. Does not implicitly {@link restate.CompletePromiseCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.CompletePromiseCommandMessage
         * @static
         * @param {restate.CompletePromiseCommandMessage.$Properties} message CompletePromiseCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CompletePromiseCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
            if (message.completionValue != null && $Object.hasOwnProperty.call(message, "completionValue"))
                $root.restate.Value.encode(message.completionValue, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.completionFailure != null && $Object.hasOwnProperty.call(message, "completionFailure"))
                $root.restate.Failure.encode(message.completionFailure, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CompletePromiseCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.CompletePromiseCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.CompletePromiseCommandMessage & restate.CompletePromiseCommandMessage.$Shape} CompletePromiseCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CompletePromiseCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.CompletePromiseCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.completionValue = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.completionValue);
                        message.completion = "completionValue";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.completionFailure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.completionFailure);
                        message.completion = "completionFailure";
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CompletePromiseCommandMessage;
    })();

    restate.SleepCommandMessage = (function() {

        /**
         * Properties of a SleepCommandMessage.
         * @typedef {Object} restate.SleepCommandMessage.$Properties
         * @property {Long|null} [wakeUpTime] SleepCommandMessage wakeUpTime
         * @property {number|null} [resultCompletionId] SleepCommandMessage resultCompletionId
         * @property {string|null} [name] SleepCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a SleepCommandMessage.
         * @memberof restate
         * @interface ISleepCommandMessage
         * @augments restate.SleepCommandMessage.$Properties
         * @deprecated Use restate.SleepCommandMessage.$Properties instead.
         */

        /**
         * Shape of a SleepCommandMessage.
         * @typedef {restate.SleepCommandMessage.$Properties} restate.SleepCommandMessage.$Shape
         */

        /**
         * Constructs a new SleepCommandMessage.
         * @memberof restate
         * @classdesc Represents a SleepCommandMessage.
         * @constructor
         * @param {restate.SleepCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const SleepCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * SleepCommandMessage wakeUpTime.
         * @member {Long} wakeUpTime
         * @memberof restate.SleepCommandMessage
         * @instance
         */
        SleepCommandMessage.prototype.wakeUpTime = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * SleepCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.SleepCommandMessage
         * @instance
         */
        SleepCommandMessage.prototype.resultCompletionId = 0;

        /**
         * SleepCommandMessage name.
         * @member {string} name
         * @memberof restate.SleepCommandMessage
         * @instance
         */
        SleepCommandMessage.prototype.name = "";

        /**
         * Encodes the specified SleepCommandMessage message. Does not implicitly {@link restate.SleepCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.SleepCommandMessage
         * @static
         * @param {restate.SleepCommandMessage.$Properties} message SleepCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        SleepCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.wakeUpTime != null && $Object.hasOwnProperty.call(message, "wakeUpTime") && (typeof message.wakeUpTime === "object" ? message.wakeUpTime.low || message.wakeUpTime.high : message.wakeUpTime !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.wakeUpTime);
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a SleepCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.SleepCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.SleepCommandMessage & restate.SleepCommandMessage.$Shape} SleepCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        SleepCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.SleepCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.wakeUpTime = value;
                        else
                            delete message.wakeUpTime;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return SleepCommandMessage;
    })();

    restate.CallCommandMessage = (function() {

        /**
         * Properties of a CallCommandMessage.
         * @typedef {Object} restate.CallCommandMessage.$Properties
         * @property {string|null} [serviceName] CallCommandMessage serviceName
         * @property {string|null} [handlerName] CallCommandMessage handlerName
         * @property {Uint8Array|null} [parameter] CallCommandMessage parameter
         * @property {Array.<restate.Header.$Properties>|null} [headers] CallCommandMessage headers
         * @property {string|null} [key] CallCommandMessage key
         * @property {string|null} [idempotencyKey] CallCommandMessage idempotencyKey
         * @property {string|null} [scope] CallCommandMessage scope
         * @property {string|null} [limitKey] CallCommandMessage limitKey
         * @property {number|null} [invocationIdNotificationIdx] CallCommandMessage invocationIdNotificationIdx
         * @property {number|null} [resultCompletionId] CallCommandMessage resultCompletionId
         * @property {string|null} [name] CallCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CallCommandMessage.
         * @memberof restate
         * @interface ICallCommandMessage
         * @augments restate.CallCommandMessage.$Properties
         * @deprecated Use restate.CallCommandMessage.$Properties instead.
         */

        /**
         * Shape of a CallCommandMessage.
         * @typedef {restate.CallCommandMessage.$Properties} restate.CallCommandMessage.$Shape
         */

        /**
         * Constructs a new CallCommandMessage.
         * @memberof restate
         * @classdesc Represents a CallCommandMessage.
         * @constructor
         * @param {restate.CallCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CallCommandMessage = function (properties) {
            this.headers = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CallCommandMessage serviceName.
         * @member {string} serviceName
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.serviceName = "";

        /**
         * CallCommandMessage handlerName.
         * @member {string} handlerName
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.handlerName = "";

        /**
         * CallCommandMessage parameter.
         * @member {Uint8Array} parameter
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.parameter = $util.newBuffer([]);

        /**
         * CallCommandMessage headers.
         * @member {Array.<restate.Header.$Properties>} headers
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.headers = $util.emptyArray;

        /**
         * CallCommandMessage key.
         * @member {string} key
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.key = "";

        /**
         * CallCommandMessage idempotencyKey.
         * @member {string|null|undefined} idempotencyKey
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.idempotencyKey = null;

        /**
         * CallCommandMessage scope.
         * @member {string|null|undefined} scope
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.scope = null;

        /**
         * CallCommandMessage limitKey.
         * @member {string|null|undefined} limitKey
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.limitKey = null;

        /**
         * CallCommandMessage invocationIdNotificationIdx.
         * @member {number} invocationIdNotificationIdx
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.invocationIdNotificationIdx = 0;

        /**
         * CallCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.resultCompletionId = 0;

        /**
         * CallCommandMessage name.
         * @member {string} name
         * @memberof restate.CallCommandMessage
         * @instance
         */
        CallCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CallCommandMessage.prototype, "_idempotencyKey", {
            get: $util.oneOfGetter($oneOfFields = ["idempotencyKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CallCommandMessage.prototype, "_scope", {
            get: $util.oneOfGetter($oneOfFields = ["scope"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CallCommandMessage.prototype, "_limitKey", {
            get: $util.oneOfGetter($oneOfFields = ["limitKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified CallCommandMessage message. Does not implicitly {@link restate.CallCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.CallCommandMessage
         * @static
         * @param {restate.CallCommandMessage.$Properties} message CallCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CallCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.serviceName != null && $Object.hasOwnProperty.call(message, "serviceName") && message.serviceName !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.serviceName);
            if (message.handlerName != null && $Object.hasOwnProperty.call(message, "handlerName") && message.handlerName !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.handlerName);
            if (message.parameter != null && $Object.hasOwnProperty.call(message, "parameter") && message.parameter.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.parameter);
            if (message.headers != null && message.headers.length)
                for (let i = 0; i < message.headers.length; ++i)
                    $root.restate.Header.encode(message.headers[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 5, wireType 2 =*/42).string(message.key);
            if (message.idempotencyKey != null && $Object.hasOwnProperty.call(message, "idempotencyKey"))
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.idempotencyKey);
            if (message.scope != null && $Object.hasOwnProperty.call(message, "scope"))
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.scope);
            if (message.limitKey != null && $Object.hasOwnProperty.call(message, "limitKey"))
                writer.uint32(/* id 8, wireType 2 =*/66).string(message.limitKey);
            if (message.invocationIdNotificationIdx != null && $Object.hasOwnProperty.call(message, "invocationIdNotificationIdx") && message.invocationIdNotificationIdx !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.invocationIdNotificationIdx);
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CallCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.CallCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.CallCommandMessage & restate.CallCommandMessage.$Shape} CallCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CallCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.CallCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.serviceName = value;
                        else
                            delete message.serviceName;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.handlerName = value;
                        else
                            delete message.handlerName;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.parameter = value;
                        else
                            delete message.parameter;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if (!(message.headers && message.headers.length))
                            message.headers = [];
                        message.headers.push($root.restate.Header.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.idempotencyKey = reader.stringVerify();
                        message._idempotencyKey = "idempotencyKey";
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        message.scope = reader.stringVerify();
                        message._scope = "scope";
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.limitKey = reader.stringVerify();
                        message._limitKey = "limitKey";
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.invocationIdNotificationIdx = value;
                        else
                            delete message.invocationIdNotificationIdx;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CallCommandMessage;
    })();

    restate.OneWayCallCommandMessage = (function() {

        /**
         * Properties of a OneWayCallCommandMessage.
         * @typedef {Object} restate.OneWayCallCommandMessage.$Properties
         * @property {string|null} [serviceName] OneWayCallCommandMessage serviceName
         * @property {string|null} [handlerName] OneWayCallCommandMessage handlerName
         * @property {Uint8Array|null} [parameter] OneWayCallCommandMessage parameter
         * @property {Long|null} [invokeTime] OneWayCallCommandMessage invokeTime
         * @property {Array.<restate.Header.$Properties>|null} [headers] OneWayCallCommandMessage headers
         * @property {string|null} [key] OneWayCallCommandMessage key
         * @property {string|null} [idempotencyKey] OneWayCallCommandMessage idempotencyKey
         * @property {string|null} [scope] OneWayCallCommandMessage scope
         * @property {string|null} [limitKey] OneWayCallCommandMessage limitKey
         * @property {number|null} [invocationIdNotificationIdx] OneWayCallCommandMessage invocationIdNotificationIdx
         * @property {string|null} [name] OneWayCallCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a OneWayCallCommandMessage.
         * @memberof restate
         * @interface IOneWayCallCommandMessage
         * @augments restate.OneWayCallCommandMessage.$Properties
         * @deprecated Use restate.OneWayCallCommandMessage.$Properties instead.
         */

        /**
         * Shape of a OneWayCallCommandMessage.
         * @typedef {restate.OneWayCallCommandMessage.$Properties} restate.OneWayCallCommandMessage.$Shape
         */

        /**
         * Constructs a new OneWayCallCommandMessage.
         * @memberof restate
         * @classdesc Represents a OneWayCallCommandMessage.
         * @constructor
         * @param {restate.OneWayCallCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const OneWayCallCommandMessage = function (properties) {
            this.headers = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * OneWayCallCommandMessage serviceName.
         * @member {string} serviceName
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.serviceName = "";

        /**
         * OneWayCallCommandMessage handlerName.
         * @member {string} handlerName
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.handlerName = "";

        /**
         * OneWayCallCommandMessage parameter.
         * @member {Uint8Array} parameter
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.parameter = $util.newBuffer([]);

        /**
         * OneWayCallCommandMessage invokeTime.
         * @member {Long} invokeTime
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.invokeTime = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * OneWayCallCommandMessage headers.
         * @member {Array.<restate.Header.$Properties>} headers
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.headers = $util.emptyArray;

        /**
         * OneWayCallCommandMessage key.
         * @member {string} key
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.key = "";

        /**
         * OneWayCallCommandMessage idempotencyKey.
         * @member {string|null|undefined} idempotencyKey
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.idempotencyKey = null;

        /**
         * OneWayCallCommandMessage scope.
         * @member {string|null|undefined} scope
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.scope = null;

        /**
         * OneWayCallCommandMessage limitKey.
         * @member {string|null|undefined} limitKey
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.limitKey = null;

        /**
         * OneWayCallCommandMessage invocationIdNotificationIdx.
         * @member {number} invocationIdNotificationIdx
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.invocationIdNotificationIdx = 0;

        /**
         * OneWayCallCommandMessage name.
         * @member {string} name
         * @memberof restate.OneWayCallCommandMessage
         * @instance
         */
        OneWayCallCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(OneWayCallCommandMessage.prototype, "_idempotencyKey", {
            get: $util.oneOfGetter($oneOfFields = ["idempotencyKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(OneWayCallCommandMessage.prototype, "_scope", {
            get: $util.oneOfGetter($oneOfFields = ["scope"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(OneWayCallCommandMessage.prototype, "_limitKey", {
            get: $util.oneOfGetter($oneOfFields = ["limitKey"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified OneWayCallCommandMessage message. Does not implicitly {@link restate.OneWayCallCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.OneWayCallCommandMessage
         * @static
         * @param {restate.OneWayCallCommandMessage.$Properties} message OneWayCallCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        OneWayCallCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.serviceName != null && $Object.hasOwnProperty.call(message, "serviceName") && message.serviceName !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.serviceName);
            if (message.handlerName != null && $Object.hasOwnProperty.call(message, "handlerName") && message.handlerName !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.handlerName);
            if (message.parameter != null && $Object.hasOwnProperty.call(message, "parameter") && message.parameter.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.parameter);
            if (message.invokeTime != null && $Object.hasOwnProperty.call(message, "invokeTime") && (typeof message.invokeTime === "object" ? message.invokeTime.low || message.invokeTime.high : message.invokeTime !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.invokeTime);
            if (message.headers != null && message.headers.length)
                for (let i = 0; i < message.headers.length; ++i)
                    $root.restate.Header.encode(message.headers[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.key);
            if (message.idempotencyKey != null && $Object.hasOwnProperty.call(message, "idempotencyKey"))
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.idempotencyKey);
            if (message.scope != null && $Object.hasOwnProperty.call(message, "scope"))
                writer.uint32(/* id 8, wireType 2 =*/66).string(message.scope);
            if (message.limitKey != null && $Object.hasOwnProperty.call(message, "limitKey"))
                writer.uint32(/* id 9, wireType 2 =*/74).string(message.limitKey);
            if (message.invocationIdNotificationIdx != null && $Object.hasOwnProperty.call(message, "invocationIdNotificationIdx") && message.invocationIdNotificationIdx !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.invocationIdNotificationIdx);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a OneWayCallCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.OneWayCallCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.OneWayCallCommandMessage & restate.OneWayCallCommandMessage.$Shape} OneWayCallCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        OneWayCallCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.OneWayCallCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.serviceName = value;
                        else
                            delete message.serviceName;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.handlerName = value;
                        else
                            delete message.handlerName;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.parameter = value;
                        else
                            delete message.parameter;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.invokeTime = value;
                        else
                            delete message.invokeTime;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        if (!(message.headers && message.headers.length))
                            message.headers = [];
                        message.headers.push($root.restate.Header.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        message.idempotencyKey = reader.stringVerify();
                        message._idempotencyKey = "idempotencyKey";
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.scope = reader.stringVerify();
                        message._scope = "scope";
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        message.limitKey = reader.stringVerify();
                        message._limitKey = "limitKey";
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.invocationIdNotificationIdx = value;
                        else
                            delete message.invocationIdNotificationIdx;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return OneWayCallCommandMessage;
    })();

    restate.SendSignalCommandMessage = (function() {

        /**
         * Properties of a SendSignalCommandMessage.
         * @typedef {Object} restate.SendSignalCommandMessage.$Properties
         * @property {string|null} [targetInvocationId] SendSignalCommandMessage targetInvocationId
         * @property {number|null} [idx] SendSignalCommandMessage idx
         * @property {string|null} [name] SendSignalCommandMessage name
         * @property {restate.Void.$Properties|null} ["void"] SendSignalCommandMessage void
         * @property {restate.Value.$Properties|null} [value] SendSignalCommandMessage value
         * @property {restate.Failure.$Properties|null} [failure] SendSignalCommandMessage failure
         * @property {string|null} [entryName] SendSignalCommandMessage entryName
         * @property {"idx"|"name"} [signalId] SendSignalCommandMessage signalId
         * @property {"void"|"value"|"failure"} [result] SendSignalCommandMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a SendSignalCommandMessage.
         * @memberof restate
         * @interface ISendSignalCommandMessage
         * @augments restate.SendSignalCommandMessage.$Properties
         * @deprecated Use restate.SendSignalCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a SendSignalCommandMessage.
         * @typedef {{
         *   targetInvocationId?: string|null;
         *   idx?: number|null;
         *   name?: string|null;
         *   "void"?: restate.Void.$Shape|null;
         *   value?: restate.Value.$Shape|null;
         *   failure?: restate.Failure.$Shape|null;
         *   entryName?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ signalId?: undefined; idx?: null; name?: null }|{ signalId?: "idx"; idx: number; name?: null }|{ signalId?: "name"; idx?: null; name: string })
         * ) & (
         *   ({ result?: undefined; "void"?: null; value?: null; failure?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null; failure?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; "void"?: null; value?: null; failure: restate.Failure.$Shape })
         * )} restate.SendSignalCommandMessage.$Shape
         */

        /**
         * Constructs a new SendSignalCommandMessage.
         * @memberof restate
         * @classdesc Represents a SendSignalCommandMessage.
         * @constructor
         * @param {restate.SendSignalCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const SendSignalCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * SendSignalCommandMessage targetInvocationId.
         * @member {string} targetInvocationId
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.targetInvocationId = "";

        /**
         * SendSignalCommandMessage idx.
         * @member {number|null|undefined} idx
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.idx = null;

        /**
         * SendSignalCommandMessage name.
         * @member {string|null|undefined} name
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.name = null;

        /**
         * SendSignalCommandMessage void.
         * @member {restate.Void.$Properties|null|undefined} void
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype["void"] = null;

        /**
         * SendSignalCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.value = null;

        /**
         * SendSignalCommandMessage failure.
         * @member {restate.Failure.$Properties|null|undefined} failure
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.failure = null;

        /**
         * SendSignalCommandMessage entryName.
         * @member {string} entryName
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        SendSignalCommandMessage.prototype.entryName = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * SendSignalCommandMessage signalId.
         * @member {"idx"|"name"|undefined} signalId
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        $Object.defineProperty(SendSignalCommandMessage.prototype, "signalId", {
            get: $util.oneOfGetter($oneOfFields = ["idx", "name"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * SendSignalCommandMessage result.
         * @member {"void"|"value"|"failure"|undefined} result
         * @memberof restate.SendSignalCommandMessage
         * @instance
         */
        $Object.defineProperty(SendSignalCommandMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["void", "value", "failure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified SendSignalCommandMessage message. Does not implicitly {@link restate.SendSignalCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.SendSignalCommandMessage
         * @static
         * @param {restate.SendSignalCommandMessage.$Properties} message SendSignalCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        SendSignalCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.targetInvocationId != null && $Object.hasOwnProperty.call(message, "targetInvocationId") && message.targetInvocationId !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.targetInvocationId);
            if (message.idx != null && $Object.hasOwnProperty.call(message, "idx"))
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.idx);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.name);
            if (message["void"] != null && $Object.hasOwnProperty.call(message, "void"))
                $root.restate.Void.encode(message["void"], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                $root.restate.Failure.encode(message.failure, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
            if (message.entryName != null && $Object.hasOwnProperty.call(message, "entryName") && message.entryName !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.entryName);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a SendSignalCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.SendSignalCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.SendSignalCommandMessage & restate.SendSignalCommandMessage.$Shape} SendSignalCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        SendSignalCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.SendSignalCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.targetInvocationId = value;
                        else
                            delete message.targetInvocationId;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        message.idx = reader.uint32();
                        message.signalId = "idx";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.name = reader.stringVerify();
                        message.signalId = "name";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message["void"] = $root.restate.Void.decode(reader, reader.size(), $undefined, _depth + 1, message["void"]);
                        message.result = "void";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        message.result = "value";
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.failure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.failure);
                        message.result = "failure";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.entryName = value;
                        else
                            delete message.entryName;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return SendSignalCommandMessage;
    })();

    restate.RunCommandMessage = (function() {

        /**
         * Properties of a RunCommandMessage.
         * @typedef {Object} restate.RunCommandMessage.$Properties
         * @property {number|null} [resultCompletionId] RunCommandMessage resultCompletionId
         * @property {string|null} [name] RunCommandMessage name
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RunCommandMessage.
         * @memberof restate
         * @interface IRunCommandMessage
         * @augments restate.RunCommandMessage.$Properties
         * @deprecated Use restate.RunCommandMessage.$Properties instead.
         */

        /**
         * Shape of a RunCommandMessage.
         * @typedef {restate.RunCommandMessage.$Properties} restate.RunCommandMessage.$Shape
         */

        /**
         * Constructs a new RunCommandMessage.
         * @memberof restate
         * @classdesc Represents a RunCommandMessage.
         * @constructor
         * @param {restate.RunCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RunCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * RunCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.RunCommandMessage
         * @instance
         */
        RunCommandMessage.prototype.resultCompletionId = 0;

        /**
         * RunCommandMessage name.
         * @member {string} name
         * @memberof restate.RunCommandMessage
         * @instance
         */
        RunCommandMessage.prototype.name = "";

        /**
         * Encodes the specified RunCommandMessage message. Does not implicitly {@link restate.RunCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.RunCommandMessage
         * @static
         * @param {restate.RunCommandMessage.$Properties} message RunCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RunCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a RunCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.RunCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.RunCommandMessage & restate.RunCommandMessage.$Shape} RunCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RunCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.RunCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return RunCommandMessage;
    })();

    restate.AttachInvocationCommandMessage = (function() {

        /**
         * Properties of an AttachInvocationCommandMessage.
         * @typedef {Object} restate.AttachInvocationCommandMessage.$Properties
         * @property {string|null} [invocationId] AttachInvocationCommandMessage invocationId
         * @property {restate.IdempotentRequestTarget.$Properties|null} [idempotentRequestTarget] AttachInvocationCommandMessage idempotentRequestTarget
         * @property {restate.WorkflowTarget.$Properties|null} [workflowTarget] AttachInvocationCommandMessage workflowTarget
         * @property {number|null} [resultCompletionId] AttachInvocationCommandMessage resultCompletionId
         * @property {string|null} [name] AttachInvocationCommandMessage name
         * @property {"invocationId"|"idempotentRequestTarget"|"workflowTarget"} [target] AttachInvocationCommandMessage target
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an AttachInvocationCommandMessage.
         * @memberof restate
         * @interface IAttachInvocationCommandMessage
         * @augments restate.AttachInvocationCommandMessage.$Properties
         * @deprecated Use restate.AttachInvocationCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of an AttachInvocationCommandMessage.
         * @typedef {{
         *   invocationId?: string|null;
         *   idempotentRequestTarget?: restate.IdempotentRequestTarget.$Shape|null;
         *   workflowTarget?: restate.WorkflowTarget.$Shape|null;
         *   resultCompletionId?: number|null;
         *   name?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ target?: undefined; invocationId?: null; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "invocationId"; invocationId: string; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "idempotentRequestTarget"; invocationId?: null; idempotentRequestTarget: restate.IdempotentRequestTarget.$Shape; workflowTarget?: null }|{ target?: "workflowTarget"; invocationId?: null; idempotentRequestTarget?: null; workflowTarget: restate.WorkflowTarget.$Shape })
         * )} restate.AttachInvocationCommandMessage.$Shape
         */

        /**
         * Constructs a new AttachInvocationCommandMessage.
         * @memberof restate
         * @classdesc Represents an AttachInvocationCommandMessage.
         * @constructor
         * @param {restate.AttachInvocationCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const AttachInvocationCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * AttachInvocationCommandMessage invocationId.
         * @member {string|null|undefined} invocationId
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        AttachInvocationCommandMessage.prototype.invocationId = null;

        /**
         * AttachInvocationCommandMessage idempotentRequestTarget.
         * @member {restate.IdempotentRequestTarget.$Properties|null|undefined} idempotentRequestTarget
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        AttachInvocationCommandMessage.prototype.idempotentRequestTarget = null;

        /**
         * AttachInvocationCommandMessage workflowTarget.
         * @member {restate.WorkflowTarget.$Properties|null|undefined} workflowTarget
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        AttachInvocationCommandMessage.prototype.workflowTarget = null;

        /**
         * AttachInvocationCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        AttachInvocationCommandMessage.prototype.resultCompletionId = 0;

        /**
         * AttachInvocationCommandMessage name.
         * @member {string} name
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        AttachInvocationCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * AttachInvocationCommandMessage target.
         * @member {"invocationId"|"idempotentRequestTarget"|"workflowTarget"|undefined} target
         * @memberof restate.AttachInvocationCommandMessage
         * @instance
         */
        $Object.defineProperty(AttachInvocationCommandMessage.prototype, "target", {
            get: $util.oneOfGetter($oneOfFields = ["invocationId", "idempotentRequestTarget", "workflowTarget"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified AttachInvocationCommandMessage message. Does not implicitly {@link restate.AttachInvocationCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.AttachInvocationCommandMessage
         * @static
         * @param {restate.AttachInvocationCommandMessage.$Properties} message AttachInvocationCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        AttachInvocationCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.invocationId != null && $Object.hasOwnProperty.call(message, "invocationId"))
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.invocationId);
            if (message.idempotentRequestTarget != null && $Object.hasOwnProperty.call(message, "idempotentRequestTarget"))
                $root.restate.IdempotentRequestTarget.encode(message.idempotentRequestTarget, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.workflowTarget != null && $Object.hasOwnProperty.call(message, "workflowTarget"))
                $root.restate.WorkflowTarget.encode(message.workflowTarget, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an AttachInvocationCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.AttachInvocationCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.AttachInvocationCommandMessage & restate.AttachInvocationCommandMessage.$Shape} AttachInvocationCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        AttachInvocationCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.AttachInvocationCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.invocationId = reader.stringVerify();
                        message.target = "invocationId";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.idempotentRequestTarget = $root.restate.IdempotentRequestTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.idempotentRequestTarget);
                        message.target = "idempotentRequestTarget";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.workflowTarget = $root.restate.WorkflowTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.workflowTarget);
                        message.target = "workflowTarget";
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return AttachInvocationCommandMessage;
    })();

    restate.GetInvocationOutputCommandMessage = (function() {

        /**
         * Properties of a GetInvocationOutputCommandMessage.
         * @typedef {Object} restate.GetInvocationOutputCommandMessage.$Properties
         * @property {string|null} [invocationId] GetInvocationOutputCommandMessage invocationId
         * @property {restate.IdempotentRequestTarget.$Properties|null} [idempotentRequestTarget] GetInvocationOutputCommandMessage idempotentRequestTarget
         * @property {restate.WorkflowTarget.$Properties|null} [workflowTarget] GetInvocationOutputCommandMessage workflowTarget
         * @property {number|null} [resultCompletionId] GetInvocationOutputCommandMessage resultCompletionId
         * @property {string|null} [name] GetInvocationOutputCommandMessage name
         * @property {"invocationId"|"idempotentRequestTarget"|"workflowTarget"} [target] GetInvocationOutputCommandMessage target
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a GetInvocationOutputCommandMessage.
         * @memberof restate
         * @interface IGetInvocationOutputCommandMessage
         * @augments restate.GetInvocationOutputCommandMessage.$Properties
         * @deprecated Use restate.GetInvocationOutputCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a GetInvocationOutputCommandMessage.
         * @typedef {{
         *   invocationId?: string|null;
         *   idempotentRequestTarget?: restate.IdempotentRequestTarget.$Shape|null;
         *   workflowTarget?: restate.WorkflowTarget.$Shape|null;
         *   resultCompletionId?: number|null;
         *   name?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ target?: undefined; invocationId?: null; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "invocationId"; invocationId: string; idempotentRequestTarget?: null; workflowTarget?: null }|{ target?: "idempotentRequestTarget"; invocationId?: null; idempotentRequestTarget: restate.IdempotentRequestTarget.$Shape; workflowTarget?: null }|{ target?: "workflowTarget"; invocationId?: null; idempotentRequestTarget?: null; workflowTarget: restate.WorkflowTarget.$Shape })
         * )} restate.GetInvocationOutputCommandMessage.$Shape
         */

        /**
         * Constructs a new GetInvocationOutputCommandMessage.
         * @memberof restate
         * @classdesc Represents a GetInvocationOutputCommandMessage.
         * @constructor
         * @param {restate.GetInvocationOutputCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const GetInvocationOutputCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * GetInvocationOutputCommandMessage invocationId.
         * @member {string|null|undefined} invocationId
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        GetInvocationOutputCommandMessage.prototype.invocationId = null;

        /**
         * GetInvocationOutputCommandMessage idempotentRequestTarget.
         * @member {restate.IdempotentRequestTarget.$Properties|null|undefined} idempotentRequestTarget
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        GetInvocationOutputCommandMessage.prototype.idempotentRequestTarget = null;

        /**
         * GetInvocationOutputCommandMessage workflowTarget.
         * @member {restate.WorkflowTarget.$Properties|null|undefined} workflowTarget
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        GetInvocationOutputCommandMessage.prototype.workflowTarget = null;

        /**
         * GetInvocationOutputCommandMessage resultCompletionId.
         * @member {number} resultCompletionId
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        GetInvocationOutputCommandMessage.prototype.resultCompletionId = 0;

        /**
         * GetInvocationOutputCommandMessage name.
         * @member {string} name
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        GetInvocationOutputCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * GetInvocationOutputCommandMessage target.
         * @member {"invocationId"|"idempotentRequestTarget"|"workflowTarget"|undefined} target
         * @memberof restate.GetInvocationOutputCommandMessage
         * @instance
         */
        $Object.defineProperty(GetInvocationOutputCommandMessage.prototype, "target", {
            get: $util.oneOfGetter($oneOfFields = ["invocationId", "idempotentRequestTarget", "workflowTarget"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified GetInvocationOutputCommandMessage message. Does not implicitly {@link restate.GetInvocationOutputCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.GetInvocationOutputCommandMessage
         * @static
         * @param {restate.GetInvocationOutputCommandMessage.$Properties} message GetInvocationOutputCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        GetInvocationOutputCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.invocationId != null && $Object.hasOwnProperty.call(message, "invocationId"))
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.invocationId);
            if (message.idempotentRequestTarget != null && $Object.hasOwnProperty.call(message, "idempotentRequestTarget"))
                $root.restate.IdempotentRequestTarget.encode(message.idempotentRequestTarget, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.workflowTarget != null && $Object.hasOwnProperty.call(message, "workflowTarget"))
                $root.restate.WorkflowTarget.encode(message.workflowTarget, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.resultCompletionId != null && $Object.hasOwnProperty.call(message, "resultCompletionId") && message.resultCompletionId !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.resultCompletionId);
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a GetInvocationOutputCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.GetInvocationOutputCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.GetInvocationOutputCommandMessage & restate.GetInvocationOutputCommandMessage.$Shape} GetInvocationOutputCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        GetInvocationOutputCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.GetInvocationOutputCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.invocationId = reader.stringVerify();
                        message.target = "invocationId";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.idempotentRequestTarget = $root.restate.IdempotentRequestTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.idempotentRequestTarget);
                        message.target = "idempotentRequestTarget";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.workflowTarget = $root.restate.WorkflowTarget.decode(reader, reader.size(), $undefined, _depth + 1, message.workflowTarget);
                        message.target = "workflowTarget";
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.resultCompletionId = value;
                        else
                            delete message.resultCompletionId;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return GetInvocationOutputCommandMessage;
    })();

    restate.CompleteAwakeableCommandMessage = (function() {

        /**
         * Properties of a CompleteAwakeableCommandMessage.
         * @typedef {Object} restate.CompleteAwakeableCommandMessage.$Properties
         * @property {string|null} [awakeableId] CompleteAwakeableCommandMessage awakeableId
         * @property {restate.Value.$Properties|null} [value] CompleteAwakeableCommandMessage value
         * @property {restate.Failure.$Properties|null} [failure] CompleteAwakeableCommandMessage failure
         * @property {string|null} [name] CompleteAwakeableCommandMessage name
         * @property {"value"|"failure"} [result] CompleteAwakeableCommandMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CompleteAwakeableCommandMessage.
         * @memberof restate
         * @interface ICompleteAwakeableCommandMessage
         * @augments restate.CompleteAwakeableCommandMessage.$Properties
         * @deprecated Use restate.CompleteAwakeableCommandMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a CompleteAwakeableCommandMessage.
         * @typedef {{
         *   awakeableId?: string|null;
         *   value?: restate.Value.$Shape|null;
         *   failure?: restate.Failure.$Shape|null;
         *   name?: string|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ result?: undefined; value?: null; failure?: null }|{ result?: "value"; value: restate.Value.$Shape; failure?: null }|{ result?: "failure"; value?: null; failure: restate.Failure.$Shape })
         * )} restate.CompleteAwakeableCommandMessage.$Shape
         */

        /**
         * Constructs a new CompleteAwakeableCommandMessage.
         * @memberof restate
         * @classdesc Represents a CompleteAwakeableCommandMessage.
         * @constructor
         * @param {restate.CompleteAwakeableCommandMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CompleteAwakeableCommandMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CompleteAwakeableCommandMessage awakeableId.
         * @member {string} awakeableId
         * @memberof restate.CompleteAwakeableCommandMessage
         * @instance
         */
        CompleteAwakeableCommandMessage.prototype.awakeableId = "";

        /**
         * CompleteAwakeableCommandMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.CompleteAwakeableCommandMessage
         * @instance
         */
        CompleteAwakeableCommandMessage.prototype.value = null;

        /**
         * CompleteAwakeableCommandMessage failure.
         * @member {restate.Failure.$Properties|null|undefined} failure
         * @memberof restate.CompleteAwakeableCommandMessage
         * @instance
         */
        CompleteAwakeableCommandMessage.prototype.failure = null;

        /**
         * CompleteAwakeableCommandMessage name.
         * @member {string} name
         * @memberof restate.CompleteAwakeableCommandMessage
         * @instance
         */
        CompleteAwakeableCommandMessage.prototype.name = "";

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * CompleteAwakeableCommandMessage result.
         * @member {"value"|"failure"|undefined} result
         * @memberof restate.CompleteAwakeableCommandMessage
         * @instance
         */
        $Object.defineProperty(CompleteAwakeableCommandMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["value", "failure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified CompleteAwakeableCommandMessage message. Does not implicitly {@link restate.CompleteAwakeableCommandMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.CompleteAwakeableCommandMessage
         * @static
         * @param {restate.CompleteAwakeableCommandMessage.$Properties} message CompleteAwakeableCommandMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CompleteAwakeableCommandMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.awakeableId != null && $Object.hasOwnProperty.call(message, "awakeableId") && message.awakeableId !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.awakeableId);
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                $root.restate.Failure.encode(message.failure, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.name);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CompleteAwakeableCommandMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.CompleteAwakeableCommandMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.CompleteAwakeableCommandMessage & restate.CompleteAwakeableCommandMessage.$Shape} CompleteAwakeableCommandMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CompleteAwakeableCommandMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.CompleteAwakeableCommandMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.awakeableId = value;
                        else
                            delete message.awakeableId;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        message.result = "value";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.failure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.failure);
                        message.result = "failure";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CompleteAwakeableCommandMessage;
    })();

    restate.NotificationMessage = (function() {

        /**
         * Properties of a NotificationMessage.
         * @typedef {Object} restate.NotificationMessage.$Properties
         * @property {number|null} [completionId] NotificationMessage completionId
         * @property {number|null} [signalIdx] NotificationMessage signalIdx
         * @property {string|null} [signalName] NotificationMessage signalName
         * @property {restate.Void.$Properties|null} ["void"] NotificationMessage void
         * @property {restate.Value.$Properties|null} [value] NotificationMessage value
         * @property {restate.Failure.$Properties|null} [failure] NotificationMessage failure
         * @property {string|null} [invocationId] NotificationMessage invocationId
         * @property {restate.StateKeys.$Properties|null} [stateKeys] NotificationMessage stateKeys
         * @property {"completionId"|"signalIdx"|"signalName"} [id] NotificationMessage id
         * @property {"void"|"value"|"failure"|"invocationId"|"stateKeys"} [result] NotificationMessage result
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a NotificationMessage.
         * @memberof restate
         * @interface INotificationMessage
         * @augments restate.NotificationMessage.$Properties
         * @deprecated Use restate.NotificationMessage.$Properties instead.
         */

        /**
         * Narrowed shape of a NotificationMessage.
         * @typedef {{
         *   completionId?: number|null;
         *   signalIdx?: number|null;
         *   signalName?: string|null;
         *   "void"?: restate.Void.$Shape|null;
         *   value?: restate.Value.$Shape|null;
         *   failure?: restate.Failure.$Shape|null;
         *   invocationId?: string|null;
         *   stateKeys?: restate.StateKeys.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ id?: undefined; completionId?: null; signalIdx?: null; signalName?: null }|{ id?: "completionId"; completionId: number; signalIdx?: null; signalName?: null }|{ id?: "signalIdx"; completionId?: null; signalIdx: number; signalName?: null }|{ id?: "signalName"; completionId?: null; signalIdx?: null; signalName: string })
         * ) & (
         *   ({ result?: undefined; "void"?: null; value?: null; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "void"; "void": restate.Void.$Shape; value?: null; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "value"; "void"?: null; value: restate.Value.$Shape; failure?: null; invocationId?: null; stateKeys?: null }|{ result?: "failure"; "void"?: null; value?: null; failure: restate.Failure.$Shape; invocationId?: null; stateKeys?: null }|{ result?: "invocationId"; "void"?: null; value?: null; failure?: null; invocationId: string; stateKeys?: null }|{ result?: "stateKeys"; "void"?: null; value?: null; failure?: null; invocationId?: null; stateKeys: restate.StateKeys.$Shape })
         * )} restate.NotificationMessage.$Shape
         */

        /**
         * Constructs a new NotificationMessage.
         * @memberof restate
         * @classdesc Represents a NotificationMessage.
         * @constructor
         * @param {restate.NotificationMessage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const NotificationMessage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * NotificationMessage completionId.
         * @member {number|null|undefined} completionId
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.completionId = null;

        /**
         * NotificationMessage signalIdx.
         * @member {number|null|undefined} signalIdx
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.signalIdx = null;

        /**
         * NotificationMessage signalName.
         * @member {string|null|undefined} signalName
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.signalName = null;

        /**
         * NotificationMessage void.
         * @member {restate.Void.$Properties|null|undefined} void
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype["void"] = null;

        /**
         * NotificationMessage value.
         * @member {restate.Value.$Properties|null|undefined} value
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.value = null;

        /**
         * NotificationMessage failure.
         * @member {restate.Failure.$Properties|null|undefined} failure
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.failure = null;

        /**
         * NotificationMessage invocationId.
         * @member {string|null|undefined} invocationId
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.invocationId = null;

        /**
         * NotificationMessage stateKeys.
         * @member {restate.StateKeys.$Properties|null|undefined} stateKeys
         * @memberof restate.NotificationMessage
         * @instance
         */
        NotificationMessage.prototype.stateKeys = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * NotificationMessage id.
         * @member {"completionId"|"signalIdx"|"signalName"|undefined} id
         * @memberof restate.NotificationMessage
         * @instance
         */
        $Object.defineProperty(NotificationMessage.prototype, "id", {
            get: $util.oneOfGetter($oneOfFields = ["completionId", "signalIdx", "signalName"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * NotificationMessage result.
         * @member {"void"|"value"|"failure"|"invocationId"|"stateKeys"|undefined} result
         * @memberof restate.NotificationMessage
         * @instance
         */
        $Object.defineProperty(NotificationMessage.prototype, "result", {
            get: $util.oneOfGetter($oneOfFields = ["void", "value", "failure", "invocationId", "stateKeys"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified NotificationMessage message. Does not implicitly {@link restate.NotificationMessage.verify|verify} messages.
         * @function encode
         * @memberof restate.NotificationMessage
         * @static
         * @param {restate.NotificationMessage.$Properties} message NotificationMessage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        NotificationMessage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.completionId != null && $Object.hasOwnProperty.call(message, "completionId"))
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.completionId);
            if (message.signalIdx != null && $Object.hasOwnProperty.call(message, "signalIdx"))
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.signalIdx);
            if (message.signalName != null && $Object.hasOwnProperty.call(message, "signalName"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.signalName);
            if (message["void"] != null && $Object.hasOwnProperty.call(message, "void"))
                $root.restate.Void.encode(message["void"], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.value != null && $Object.hasOwnProperty.call(message, "value"))
                $root.restate.Value.encode(message.value, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                $root.restate.Failure.encode(message.failure, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
            if (message.invocationId != null && $Object.hasOwnProperty.call(message, "invocationId"))
                writer.uint32(/* id 16, wireType 2 =*/130).string(message.invocationId);
            if (message.stateKeys != null && $Object.hasOwnProperty.call(message, "stateKeys"))
                $root.restate.StateKeys.encode(message.stateKeys, writer.uint32(/* id 17, wireType 2 =*/138).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a NotificationMessage message from the specified reader or buffer.
         * @function decode
         * @memberof restate.NotificationMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {restate.NotificationMessage & restate.NotificationMessage.$Shape} NotificationMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        NotificationMessage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.restate.NotificationMessage();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        message.completionId = reader.uint32();
                        message.id = "completionId";
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        message.signalIdx = reader.uint32();
                        message.id = "signalIdx";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.signalName = reader.stringVerify();
                        message.id = "signalName";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message["void"] = $root.restate.Void.decode(reader, reader.size(), $undefined, _depth + 1, message["void"]);
                        message.result = "void";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.value = $root.restate.Value.decode(reader, reader.size(), $undefined, _depth + 1, message.value);
                        message.result = "value";
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.failure = $root.restate.Failure.decode(reader, reader.size(), $undefined, _depth + 1, message.failure);
                        message.result = "failure";
                        continue;
                    }
                case 16: {
                        if (wireType !== 2)
                            break;
                        message.invocationId = reader.stringVerify();
                        message.result = "invocationId";
                        continue;
                    }
                case 17: {
                        if (wireType !== 2)
                            break;
                        message.stateKeys = $root.restate.StateKeys.decode(reader, reader.size(), $undefined, _depth + 1, message.stateKeys);
                        message.result = "stateKeys";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return NotificationMessage;
    })();

    return restate;
})();

export {
  $root as default
};
