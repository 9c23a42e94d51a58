// The OpenRPC document (https://spec.open-rpc.org, 1.3), written from the method table when it is asked for. What the daemon
// sends unasked has no place in OpenRPC, in which `methods` is what a client may call: it stands in `x-notifications`.

internal import JSONRPC
internal import Sessions

@Sendable
func discover(_ service: inout ServiceState, _ call: borrowing Call, _ output: inout ByteBuffer) throws(RPCError) {
    let policy = service.store.policy
    output.writeObject { document in
        document.member("openrpc", "1.3.2")
        document.object("info") { info in
            info.member("title", "sessiond")
            info.member("version", service.facts.version)
            info.member("description", "Sessions of one host, over newline-delimited JSON-RPC 2.0 on a Unix socket.")
        }
        document.objects("methods", of: Method.table) { method, object in object.describe(method, policy: policy) }
        document.object("components") { components in
            components.object("schemas") { schemas in
                for named in NamedSchema.allCases {
                    schemas.object(named.rawValue) { $0.schema(named.schema) }
                }
            }
            components.object("errors") { errors in
                for code in ErrorCode.allCases {
                    errors.object("\(code)") { $0.describe(code) }
                }
            }
        }
        document.objects("x-notifications", of: Notification.allCases) { notification, object in
            object.member("name", notification.rawValue)
            object.member("summary", notification.summary)
            object.member("paramStructure", "by-name")
            object.objects("params", of: notification.parameters) { parameter, object in
                object.member("name", parameter.name)
                object.member("summary", parameter.summary)
                object.member("required", parameter.isRequired)
                object.object("schema") { $0.schema(parameter.schema) }
            }
        }
    }
}

extension ObjectWriter {
    fileprivate mutating func describe(_ method: Method, policy: Policy) {
        let documentation = method.documentation.value
        member("name", "\(method.name)")
        member("summary", documentation.summary)
        member("paramStructure", "by-name")
        objects("params", of: method.parameters) { parameter, object in object.describe(parameter, policy: policy) }
        if !documentation.rules.isEmpty {
            objects("x-rules", of: documentation.rules) { rule, object in object.describe(rule) }
        }
        object("result") { result in
            result.member("name", "result")
            result.object("schema") { $0.schema(documentation.result) }
        }
        objects("errors", of: method.errors) { $1.describe($0) }
        array("x-roles", of: Role.allCases.filter { method.roles.contains($0) }.map(\.rawValue))
    }

    private mutating func describe(_ parameter: Parameter, policy: Policy) {
        let documentation = parameter.documentation.value
        member("name", parameter.name.rawValue)
        member("summary", documentation.summary)
        member("required", parameter.isRequired)
        object("schema") { schema in
            schema.schema(parameter.kind.schema)
            switch documentation.defaultValue {
            case .none: break
            case .flag(let flag): schema.member("default", flag)
            case .integer(let integer): schema.member("default", integer)
            case .emptyObject: schema.object("default") { _ in }
            case .unaskedChanges:
                let kinds = SessionEvent.Kind.allCases.filter { EventKinds.unasked.contains($0) }
                schema.array("default", of: kinds.map(\.rawValue))
            case .policyTTL: schema.member("default", policy.ttl.count)
            case .policyLifetime: schema.member("default", policy.lifetime.count)
            }
        }
    }

    fileprivate mutating func describe(_ code: ErrorCode) {
        member("code", Int64(code.rawValue))
        member("message", code.meaning)
    }

    private mutating func describe(_ rule: ParameterRule) {
        switch rule {
        case .exactlyOne(let names): array("exactlyOneOf", of: names.map(\.rawValue))
        case .atMostOne(let names): array("atMostOneOf", of: names.map(\.rawValue))
        case .allOrNone(let names): array("allOrNoneOf", of: names.map(\.rawValue))
        case .onlyWith(let name, let other): array("onlyWith", of: [name.rawValue, other.rawValue])
        }
    }
}
