using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Sandbox.Hospital;
using FhirOrchestrator.Sandbox.Publisher;

namespace FhirOrchestrator.Sandbox.Doors;

/// <summary>
/// The sandbox's doors beside its FHIR server. JSON in, JSON out; a form of the page gets the page again.
/// </summary>
internal static class SandboxDoors
{
    private const string Root = "/sandbox";

    private static readonly ImmutableHashSet<string> ActNames =
    [
        "patient", "other", "encounter", "request", "task", "disposition", "service", "kind", "bed", "outcome",
        "note", "owner", "repoint", "seed",
    ];

    private static readonly ImmutableHashSet<string> HourNames = ["seed", "speed", "acts"];

    private static readonly ImmutableHashSet<string> MischiefNames =
        ["dropPercent", "duplicates", "reorderPercent", "holdMillisecondsMax", "seed"];

    private static readonly ImmutableHashSet<string> LoadNames = ["folder", "types", "gps", "bundles"];

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var doors = endpoints.MapGroup(Root).AddEndpointFilter<LocalOnly>();
        doors.MapGet("", ShowAsync);
        doors.MapPost("/acts/{act}", ActAsync);
        doors.MapGet("/busy-hour", (BusyHour hour) => Json(200, Words(hour.Report)));
        doors.MapPost("/busy-hour", StartHourAsync);
        doors.MapGet("/misbehave", async (IPublisherLedger ledger, CancellationToken ct) =>
            Json(200, Words(await ledger.ReportAsync(ct))));
        doors.MapPost("/misbehave", MisbehaveAsync);
        doors.MapPost("/load", LoadAsync);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext http, PageReader reader, CancellationToken ct)
    {
        var page = await reader.ReadAsync(http.Request.Query["said"].ToString(), ct);
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        return Results.Content(SandboxPage.Render(page), "text/html; charset=utf-8");
    }

    private static async Task<IResult> ActAsync(
        string act, HttpContext http, ActTable acts, TimeProvider time, CancellationToken ct)
    {
        var input = await DoorInput.ReadAsync(http.Request, ActNames, ct);
        var problem = input.Problem;
        var seed = input.Number("seed", unchecked((int)time.GetTimestamp()), ref problem);
        if (problem is not null)
        {
            return Answer(input, 400, problem);
        }

        return await acts.DoAsync(act, input.Values, new Dice(seed), ct) switch
        {
            null => Answer(
                input,
                404,
                $"expected an act of {string.Join(", ", acts.All.Select(each => each.Name))}, got another"),
            { Refusal: { } refusal } => Answer(input, 409, refusal),
            var done when input.IsForm => Back($"{act}: {string.Join(", ", done.Written.Select(each => each.Path))}"),
            var done => Json(200, Node.Object(
                ("resource", done.Written[0].Path),
                ("written", Node.Array(done.Written.Select(each =>
                    (Node)new TextNode($"{each.Path}/_history/{each.VersionId}")))))),
        };
    }

    private static async Task<IResult> StartHourAsync(HttpContext http, BusyHour hour, CancellationToken ct)
    {
        var input = await DoorInput.ReadAsync(http.Request, HourNames, ct);
        var problem = input.Problem;
        var usual = new BusyHourOrder();
        var order = new BusyHourOrder
        {
            Seed = input.Number("seed", usual.Seed, ref problem),
            Speed = input.Number("speed", usual.Speed, ref problem),
            Acts = input.Number("acts", usual.Acts, ref problem),
        };
        problem ??= order.Problem;
        return problem is not null ? Answer(input, 400, problem)
            : !hour.TryStart(order) ? Answer(input, 409, "expected no busy hour running, got one")
            : input.IsForm ? Back($"busy hour started: {order.Acts} acts at {order.Speed} times the clock's speed")
            : Json(202, Words(hour.Report));
    }

    private static async Task<IResult> MisbehaveAsync(HttpContext http, IPublisherLedger ledger, CancellationToken ct)
    {
        var input = await DoorInput.ReadAsync(http.Request, MischiefNames, ct);
        var problem = input.Problem;
        var usual = Misbehaviour.None;
        var wanted = new Misbehaviour
        {
            DropPercent = input.Number("dropPercent", usual.DropPercent, ref problem),
            Duplicates = input.Flag("duplicates"),
            ReorderPercent = input.Number("reorderPercent", usual.ReorderPercent, ref problem),
            HoldMillisecondsMax = input.Number("holdMillisecondsMax", usual.HoldMillisecondsMax, ref problem),
            Seed = input.Number("seed", usual.Seed, ref problem),
        };
        problem ??= wanted.Problem;
        if (problem is not null)
        {
            return Answer(input, 400, problem);
        }

        await ledger.SetMisbehaviourAsync(wanted, ct);
        return input.IsForm ? Back("the publisher behaves as told") : Json(200, Words(await ledger.ReportAsync(ct)));
    }

    private static async Task<IResult> LoadAsync(HttpContext http, SyntheaLoader loader, CancellationToken ct)
    {
        var input = await DoorInput.ReadAsync(http.Request, LoadNames, ct);
        var problem = input.Problem;
        var bundles = input.Number("bundles", int.MaxValue, ref problem);
        if (problem is null && (input.Text("folder") is not { } named || !Directory.Exists(named)))
        {
            problem = "expected a folder that exists, got none at folder";
        }

        if (problem is not null)
        {
            return Answer(input, 400, problem);
        }

        try
        {
            var report = await loader.LoadAsync(
                new LoadOrder
                {
                    Folder = input.Text("folder") ?? "",
                    Types = [.. (input.Text("types") ?? "")
                        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
                    GivesGps = input.Flag("gps"),
                    BundlesMax = bundles,
                },
                ct);
            return Json(200, Words(report));
        }
        catch (InvalidDataException broken)
        {
            return Answer(input, 422, broken.Message);
        }
    }

    private static ObjectNode Words(LoadReport report) => Node.Object(
        ("bundles", report.Bundles),
        ("skipped", report.Skipped),
        ("resources", new ObjectNode([.. report.Resources.Select(each => new Member(each.Key, (Node)each.Value))])));

    private static ObjectNode Words(BusyHourReport report) => Node.Object(
        ("running", report.IsRunning),
        ("planned", report.Planned),
        ("done", report.Done),
        ("refused", report.Refused),
        ("hard", report.Hard));

    private static ObjectNode Words(MischiefReport report) => Node.Object(
        ("dropPercent", report.Misbehaviour.DropPercent),
        ("duplicates", report.Misbehaviour.Duplicates),
        ("reorderPercent", report.Misbehaviour.ReorderPercent),
        ("holdMillisecondsMax", report.Misbehaviour.HoldMillisecondsMax),
        ("seed", report.Misbehaviour.Seed),
        ("duplicated", (int)report.Duplicated),
        ("reordered", (int)report.Reordered),
        ("waiting", (int)report.Waiting),
        ("droppedCount", report.Dropped.Length),
        ("dropped", new ArrayNode([.. report.Dropped.Select(each => (Node)new TextNode(each))])));

    private static IResult Answer(DoorInput input, int status, string problem) =>
        input.IsForm ? Back(problem) : Json(status, Node.Object(("problem", problem)));

    private static SeeOther Back(string said) => new SeeOther($"{Root}?said={Uri.EscapeDataString(said)}");

    private static IResult Json(int status, ObjectNode body) =>
        Results.Text(JsonText.WriteString(body), "application/json", statusCode: status);

    // 303: the browser shows the page again, and a reload does nothing twice.
    private sealed class SeeOther(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = 303;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }
}
