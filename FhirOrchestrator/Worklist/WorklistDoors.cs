using System.Globalization;
using FhirOrchestrator.Access;
using FhirOrchestrator.Worklist.Pages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FhirOrchestrator.Worklist;

/// <summary>The coordinators' doors: <c>/</c>, <c>/tasks/…</c>, <c>/chains/…</c>, <c>/persona</c>.</summary>
internal static class WorklistDoors
{
    public static void Map(IEndpointRouteBuilder doors)
    {
        var pages = doors.MapGroup("").AddEndpointFilter<PageHeaders>();
        pages.MapGet("/", ListAsync);
        pages.MapGet("/tasks/{chain:guid}/{step}/{round:int}", ShowAsync);
        var forms = pages.MapGroup("").AddEndpointFilter<SameOrigin>().DisableAntiforgery();
        forms.MapPost("/tasks/{chain:guid}/{step}/{round:int}", ActAsync);
        forms.MapPost("/chains/{chain:guid}", DecideAsync);
        forms.MapPost("/persona", Introduce);
        doors.MapGet("/assets/worklist.css", Stylesheet);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, string? pool, string? show, WorklistReader reader, CancellationToken ct) =>
        new RazorComponentResult<ListPage>(new
        {
            Shown = await reader.ListAsync(Empty(pool), Empty(show), Persona.Of(request), ct),
        });

    private static async Task<IResult> ShowAsync(
        HttpRequest request, Guid chain, string step, int round, long? letter, WorklistReader reader,
        CancellationToken ct)
    {
        var said = letter is { } number ? await reader.FindSaidAsync(number, ct) : null;
        var model = await reader.FindAsync(new TaskPlace(chain, step, round), Persona.Of(request), said, ct);
        return model is not null
            ? new RazorComponentResult<TaskPage>(new { Shown = model })
            : Message(
                StatusCodes.Status404NotFound, "There is no such task",
                said?.Text ?? "Nothing of that name was ever given out. Go by the worklist.", request);
    }

    private static async Task<IResult> ActAsync(
        HttpRequest request, Guid chain, string step, int round, WorklistWriter writer, CancellationToken ct) =>
        await PostAsync(new TaskPlace(chain, step, round), request, writer.ActAsync, ct);

    private static async Task<IResult> DecideAsync(
        HttpRequest request, Guid chain, WorklistWriter writer, CancellationToken ct)
    {
        var form = await request.ReadFormAsync(ct);
        return int.TryParse(form["round"], CultureInfo.InvariantCulture, out var round)
            && form["step"].ToString() is { Length: > 0 } step
            ? await PostAsync(new TaskPlace(chain, step, round), request, writer.DecideAsync, ct)
            : Results.BadRequest("expected the fields step and round, got none");
    }

    private static async Task<IResult> PostAsync(
        TaskPlace place,
        HttpRequest request,
        Func<TaskPlace, IFormCollection, Chains.Actor, CancellationToken, Task<Posted>> post,
        CancellationToken ct)
    {
        if (Persona.Of(request) is not { } person)
        {
            return Message(
                StatusCodes.Status400BadRequest, "Who are you?",
                "Say who you are (at the top of the page), then try again.", request);
        }

        return await post(place, await request.ReadFormAsync(ct), person, ct) switch
        {
            { Refusal: { } refusal } => Message(
                StatusCodes.Status400BadRequest, "That was not understood", refusal, request),
            { Letter: var letter } => Results.LocalRedirect($"~{place.Path}?letter={letter}"),
        };
    }

    private static RedirectHttpResult Introduce(
        HttpResponse response,
        [Microsoft.AspNetCore.Mvc.FromForm] string? name,
        [Microsoft.AspNetCore.Mvc.FromForm] string? back)
    {
        Persona.Remember(response, name ?? "");
        return TypedResults.LocalRedirect(IsLocal(back) ? $"~{back}" : "~/");
    }

    /// <summary>True for a path of this server, and nothing that a browser takes for another one.</summary>
    internal static bool IsLocal([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && !path.Any(char.IsControl);

    private static RazorComponentResult<MessagePage> Message(
        int status, string title, string text, HttpRequest request) =>
        new(new { Title = title, Text = text, Person = Persona.Of(request)?.Name }) { StatusCode = status };

    private static FileStreamHttpResult Stylesheet() => TypedResults.Stream(
        typeof(WorklistDoors).Assembly.GetManifestResourceStream("Worklist/worklist.css")
            ?? throw new InvalidOperationException("expected the embedded stylesheet, got none"),
        "text/css; charset=utf-8");

    private static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>Which task a screen is about.</summary>
internal sealed record TaskPlace(Guid Chain, string Step, int Round)
{
    public string Path => $"/tasks/{Chain}/{Uri.EscapeDataString(Step)}/{Round}";
}

/// <summary>Refuses forms that another site's page sends: a browser says where a form comes from.</summary>
internal sealed class SameOrigin : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        var own = $"{request.Scheme}://{request.Host}";
        var isForeign = site is "cross-site" or "same-site" || (origin.Length > 0 && origin != own);
        return isForeign ? Results.StatusCode(StatusCodes.Status403Forbidden) : await next(context);
    }
}
