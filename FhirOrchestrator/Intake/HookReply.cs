using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Intake;

/// <summary>
/// What a hook answers: always FHIR JSON, because some EHRs treat the hook as a FHIR server and parse its reply.
/// </summary>
internal static class HookReply
{
    /// <summary>The media type of every answer.</summary>
    public const string MediaType = "application/fhir+json; charset=utf-8";

    private static readonly byte[] Accepted = Outcome("information", "informational", "accepted");

    /// <summary>
    /// The body of a success, in the form that this kind of EHR wants to read: the resource as it was sent, the
    /// response to a transaction, otherwise an OperationOutcome.
    /// </summary>
    public static byte[] Success(KindProfile kind, string method, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty || !Resource.Read(body.Span).Succeeded(out var resource))
        {
            return Accepted;
        }

        if (resource.Type == "Bundle" && resource.Root.Text("type") is "transaction" or "batch")
        {
            return Response(resource);
        }

        return kind.Replies.GetValueOrDefault(method) == ReplyBody.Echo ? resource.ToUtf8() : Accepted;
    }

    /// <summary>An OperationOutcome with one issue.</summary>
    public static byte[] Outcome(string severity, string code, string text) => Resource.Create(
        "OperationOutcome",
        ("issue", Node.Array(Node.Object(
            ("severity", severity), ("code", code), ("details", Node.Object(("text", text))))))).ToUtf8();

    private static byte[] Response(Resource bundle) => Resource.Create(
        "Bundle",
        ("type", $"{bundle.Root.Text("type")}-response"),
        ("entry", Node.Array(bundle.Root.Children("entry")
            .Select(_ => Node.Object(("response", Node.Object(("status", "200")))))))).ToUtf8();
}
