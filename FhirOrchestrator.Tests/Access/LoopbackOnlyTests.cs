using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FhirOrchestrator.Access;
using FhirOrchestrator.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FhirOrchestrator.Tests.Access;

internal sealed class LoopbackOnlyTests
{
    private static readonly string[] ClosedDoors =
    [
        "/", "/operations", "/sandbox", "/sandbox/fhir/Patient/1", "/fhir/metadata", "/live", "/jobs", "/metrics",
        "/hooksy", "/healthy",
    ];

    [TestCaseSource(nameof(ClosedDoors))]
    public void WhyRefused_ClosedDoorFromElsewhere_Refused(string path) =>
        Assert.That(LoopbackOnly.WhyRefused(Request(path, "192.0.2.7")), Is.EqualTo("address"));

    [TestCaseSource(nameof(ClosedDoors))]
    public void WhyRefused_ClosedDoorFromHere_Open(string path) =>
        Assert.That(LoopbackOnly.WhyRefused(Request(path, "127.0.0.1")), Is.Null);

    [TestCase("/hooks/abc")]
    [TestCase("/hooks/abc/Encounter/1")]
    [TestCase("/HOOKS/abc")]
    [TestCase("/health/ready")]
    public void WhyRefused_OpenDoorFromElsewhere_Open(string path) =>
        Assert.That(LoopbackOnly.WhyRefused(Request(path, "192.0.2.7", host: "orchestrator.example.org")), Is.Null);

    [TestCase("127.0.0.1", "localhost:5080")]
    [TestCase("127.8.8.8", "127.0.0.1:5080")]
    [TestCase("::1", "[::1]:5080")]
    [TestCase("::ffff:127.0.0.1", "LOCALHOST")]
    public void WhyRefused_EveryNameOfThisMachine_Open(string address, string host) =>
        Assert.That(LoopbackOnly.WhyRefused(Request("/", address, host)), Is.Null);

    [TestCase("evil.example.org")]
    [TestCase("localhost.evil.example.org")]
    [TestCase("192.0.2.7:5080")]
    [TestCase("")]
    public void WhyRefused_SentToAnotherName_Refused(string host) =>
        Assert.That(LoopbackOnly.WhyRefused(Request("/", "127.0.0.1", host)), Is.EqualTo("host"));

    [TestCase("Forwarded", "for=192.0.2.7")]
    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("X-Real-IP", "192.0.2.7")]
    [TestCase("Via", "1.1 proxy")]
    public void WhyRefused_ComesThroughAProxy_Refused(string header, string value)
    {
        var request = Request("/", "127.0.0.1");
        request.Request.Headers[header] = value;

        Assert.That(LoopbackOnly.WhyRefused(request), Is.EqualTo("forwarded"));
    }

    [Test]
    public void WhyRefused_NoAddress_Refused()
    {
        var request = Request("/", "127.0.0.1");
        request.Connection.RemoteIpAddress = null;

        Assert.That(LoopbackOnly.WhyRefused(request), Is.EqualTo("address"));
    }

    [Test]
    public async Task Middleware_RealServerOnEveryAddress_ClosedToTheMachinesOutsideAddress()
    {
        var outside = OutsideAddress();
        var port = FreePort.Next();
        await using var server = Start(port);
        await server.StartAsync();
        using var http = new HttpClient();

        var here = await http.GetAsync(new Uri($"http://localhost:{port}/sandbox/fhir/Patient/1"));
        var page = await http.GetAsync(new Uri($"http://{outside}:{port}/"));
        var fhir = await http.GetAsync(new Uri($"http://{outside}:{port}/sandbox/fhir/Patient/1"));
        var hook = await http.GetAsync(new Uri($"http://{outside}:{port}/hooks/abc"));
        var dots = await RawStatusAsync(outside, port, "/hooks/%2e%2e/operations");

        Assert.Multiple(() =>
        {
            Assert.That(here.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(fhir.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(fhir.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/fhir+json"));
            Assert.That(hook.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(dots, Does.StartWith("HTTP/1.1 403"));
        });
    }

    private static WebApplication Start(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls($"http://0.0.0.0:{port}");
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.UseMiddleware<LoopbackOnly>();
        server.Run(context => context.Response.WriteAsync("in", context.RequestAborted));
        return server;
    }

    /// <summary>A client would tidy the path before sending it.</summary>
    private static async Task<string> RawStatusAsync(IPAddress address, int port, string path)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address, port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync() ?? "";
    }

    private static IPAddress OutsideAddress()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(one => one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .Select(one => one.Address)
            .FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one));
        if (address is null)
        {
            Assert.Ignore("needs a network address other than loopback, which this machine has not");
        }

        return address!;
    }

    private static DefaultHttpContext Request(string path, string address, string host = "localhost:5080")
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Host = new HostString(host);
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return context;
    }
}
