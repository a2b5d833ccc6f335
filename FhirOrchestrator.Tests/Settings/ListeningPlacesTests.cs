using System.Net;
using System.Net.Sockets;
using FhirOrchestrator.Settings;

namespace FhirOrchestrator.Tests.Settings;

internal sealed class ListeningPlacesTests
{
    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    [TestCase("*")]
    public void FindProblem_PortTaken_SaysWhereAndWhatToDo(string host)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{host}:{((IPEndPoint)taken.LocalEndpoint).Port}";

        Assert.That(
            ListeningPlaces.FindProblem(["http://localhost:0", url]),
            Is.EqualTo(
                $"expected a free port for {url}, got one that something listens on. "
                + "Stop what listens there, or set another --Urls=http://localhost:PORT."));
        taken.Stop();
        Assert.That(ListeningPlaces.FindProblem([url]), Is.Null, "free again");
    }

    [Test]
    public void FindProblem_AddressOfAnotherMachine_SaysSo() => Assert.That(
        ListeningPlaces.FindProblem(["http://192.0.2.1:5080"]),
        Does.StartWith("expected an address to listen on, got http://192.0.2.1:5080: "));
}
