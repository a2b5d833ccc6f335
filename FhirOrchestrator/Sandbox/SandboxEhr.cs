using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Fhir.Profiles;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Rest;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Storage.Resources;

namespace FhirOrchestrator.Sandbox;

/// <summary>
/// The sandbox EHR's FHIR server: the store's own one, with Subscriptions judged, described and <c>$status</c>.
/// </summary>
internal sealed class SandboxEhr
{
    private const string SubscriptionType = "Subscription";

    private readonly SubscriptionGate _gate;
    private readonly StatusOperation _status;

    public SandboxEhr(
        ResourceStore store, SubscriptionGate gate, StatusOperation status, Func<Validator> validator,
        TimeProvider time, ILogger<RestServer> log)
    {
        (_gate, _status) = (gate, status);
        Server = new RestServer
        {
            Name = "Sandbox hospital",
            Store = store,
            StartedAt = time.GetUtcNow(),
            Log = log,
            Time = time,
            IsLenient = false,
            Interceptors = [JudgeAsync],
            Operations =
            [
                new RestOperation(
                    "$status",
                    OperationLevel.Instance,
                    SubscriptionType,
                    NotificationWords.StatusOperation,
                    AllowsGet: true,
                    StatusOfOneAsync),
                new RestOperation(
                    "$status",
                    OperationLevel.Type,
                    SubscriptionType,
                    NotificationWords.StatusOperation,
                    AllowsGet: true,
                    StatusOfManyAsync),
                .. new ValidateOperation(validator, time).Operations,
                new FhirPathOperation(time, Validator.ContextOf(validator)).Operation,
            ],
            Describers = [Describe],
        };
    }

    /// <summary>What is to be mapped at the sandbox's FHIR base.</summary>
    public RestServer Server { get; }

    private async Task<WriteRefusal?> JudgeAsync(PendingWrite write, CancellationToken ct)
    {
        if (write.Type != SubscriptionType || write.Resource is not { } proposed)
        {
            return null;
        }

        switch (await _gate.AdmitAsync(proposed, ct))
        {
            case Admission.Accepted accepted:
                write.Resource = accepted.Resource;
                return null;
            case Admission.Refused refused:
                var words = string.Join("; ", refused.Refusals.Select(each => $"{each.Message} at {each.Path}"));
                return new WriteRefusal(422, "not-supported", words, refused.Refusals[0].Path);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task<RestAnswer> StatusOfOneAsync(RestRequest request, RestServer server, CancellationToken ct) =>
        await _status.OfOneAsync(request.Id, ct) is { } bundle
            ? RestAnswer.Of(200, bundle)
            : RestProblem.NotFound($"expected Subscription/{request.Id}, got nothing").ToAnswer();

    // By GET the parameters stand in the URL, by POST in Parameters (R4, operations).
    private async Task<RestAnswer> StatusOfManyAsync(RestRequest request, RestServer server, CancellationToken ct)
    {
        var given = request.Body is { } body
            ? body.Root.Children("parameter").Select(each => (Name: each.Text("name") ?? "", Value: ValueOf(each)))
            : QueryText.Decode(request.Query).Select(pair => (Name: pair.Key, pair.Value));
        var named = given.Where(each => each.Name is not ("_format" or "_pretty")).ToList();
        if (named.FirstOrDefault(each => each.Name is not ("id" or "status")) is { Name: { } unknown })
        {
            return RestProblem.Unsupported($"expected the parameters id and status, got '{unknown}'").ToAnswer();
        }

        return RestAnswer.Of(200, await _status.OfManyAsync(
            [.. named.Where(each => each.Name == "id").SelectMany(each => each.Value.Split(','))],
            [.. named.Where(each => each.Name == "status").SelectMany(each => each.Value.Split(','))],
            ct));
    }

    private static string ValueOf(ObjectNode parameter) =>
        parameter.Text("valueId") ?? parameter.Text("valueCode") ?? parameter.Text("valueString") ?? "";

    // Backport 1.1.0, topic discovery: the topics stand as extensions at the Subscription resource.
    private static ObjectNode Describe(string type, ObjectNode described)
    {
        if (type != SubscriptionType)
        {
            return described;
        }

        var topics = TopicCatalogue.Topics.Keys.Select(topic => (Node)Node.Object(
            ("url", NotificationWords.TopicCanonicalUrl), ("valueCanonical", topic)));
        return described
            .With("extension", new ArrayNode([.. described.Items("extension"), .. topics]))
            .With("supportedProfile", Node.Array(
                described.Items("supportedProfile").Append(new TextNode(NotificationWords.SubscriptionProfile))));
    }
}
