using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>A browser without script: cookies, pages, links and forms, by the pages' own addresses.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient http;
    private readonly string person;

    public Browser(ServerProcess server, string person)
    {
        this.person = person;
        http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
        {
            BaseAddress = server.BaseUrl,
        };
        Page = new HtmlParser().ParseDocument("");
    }

    /// <summary>The page shown.</summary>
    public IHtmlDocument Page { get; private set; }

    /// <summary>The status of the page shown.</summary>
    public int Status { get; private set; }

    /// <summary>What the page says that became of the last act; empty where it says nothing.</summary>
    public string Said => Page.QuerySelector(".said")?.TextContent.Trim() ?? "";

    /// <summary>True where the page says that the last act was refused.</summary>
    public bool IsRefused => Page.QuerySelector(".said.refused") is not null;

    public async Task GoAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        await ShowAsync(response);
    }

    /// <summary>Says who sits here, by the form on the worklist.</summary>
    public async Task IntroduceAsync()
    {
        await GoAsync("");
        await SubmitAsync(Form("form.persona"), null, ("name", person));
    }

    /// <summary>Opens a patient's task by its link in the worklist.</summary>
    public async Task OpenAsync(string patient, string title)
    {
        await GoAsync("");
        var link = Row(patient, title)?.QuerySelector("a")?.GetAttribute("href")
            ?? throw new AssertionException(
                $"expected \"{title}\" of {patient} in the worklist, got {Page.Body?.TextContent}");
        await GoAsync(link);
        Assert.That(Status, Is.EqualTo(200));
    }

    /// <summary>The worklist's row of a patient's task, null where there is none.</summary>
    public IElement? Row(string patient, string title) => Page.QuerySelectorAll("tbody tr").FirstOrDefault(row =>
        row.TextContent.Contains(patient, StringComparison.Ordinal)
        && row.QuerySelector("a")?.TextContent.Contains(title, StringComparison.Ordinal) == true);

    /// <summary>True where the page offers a button.</summary>
    public bool Offers(string act) => Page.QuerySelector($"button[value={act}]") is not null;

    /// <summary>Fills the form that has the button, and presses it.</summary>
    public Task PressAsync(string act, params (string Name, string Value)[] fields)
    {
        var button = Page.QuerySelector($"button[value={act}]")
            ?? throw new AssertionException($"expected the button {act}, got {Page.Body?.TextContent}");
        return SubmitAsync((IHtmlFormElement)button.Closest("form")!, ("act", act), fields);
    }

    public void Dispose() => http.Dispose();

    private IHtmlFormElement Form(string selector) => (IHtmlFormElement)(Page.QuerySelector(selector)
        ?? throw new AssertionException($"expected the form {selector}, got {Page.Body?.TextContent}"));

    private async Task SubmitAsync(
        IHtmlFormElement form, (string Name, string Value)? button, params (string Name, string Value)[] fields)
    {
        var values = form.QuerySelectorAll("input[type=hidden]")
            .ToDictionary(input => input.GetAttribute("name")!, input => input.GetAttribute("value") ?? "");
        foreach (var (name, value) in fields)
        {
            Assert.That(form.QuerySelector($"[name='{name}']"), Is.Not.Null, $"the form has no field {name}");
            values[name] = value;
        }

        if (button is { } pressed)
        {
            values[pressed.Name] = pressed.Value;
        }

        using var response = await http.PostFormAsync(form.GetAttribute("action")!, values, CancellationToken.None);
        await ShowAsync(response);
    }

    private async Task ShowAsync(HttpResponseMessage response)
    {
        Status = (int)response.StatusCode;
        Page = new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync());
    }
}
