using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>
/// Where the cluster listens: a socket in a short folder of its own that only its owner may enter (a socket's path
/// has at most 107 bytes). On Windows a free port of the loopback address, behind the passwords.
/// </summary>
internal sealed record SocketPlace(string Host, int Port)
{
    private const int UsualPort = 5432;

    /// <summary>Makes the folder, below <c>/run</c> for root, <c>$XDG_RUNTIME_DIR</c> or else <c>/tmp</c>.</summary>
    public static async Task<SocketPlace> MakeAsync(string cluster, string? account, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
        {
            return new SocketPlace("127.0.0.1", FindFreePort());
        }

        var path = Choose(cluster, account);
        ClusterFolder.CreatePrivateFolder(path);
        await ClusterProgram.GiveAsync(path, account, ct);
        return new SocketPlace(path, UsualPort);
    }

    /// <summary>Removes the folder where it is empty; what cannot be removed harms nobody.</summary>
    public void Remove()
    {
        if (!OperatingSystem.IsWindows() && Directory.Exists(Host))
        {
            try
            {
                Directory.Delete(Host, recursive: true);
            }
            catch (IOException)
            {
                // A postmaster that has not ended yet still has its socket there.
            }
        }
    }

    // Below /run and the user's own folder nobody else can make folders: the same name each time leaves nothing behind.
    // Below /tmp anybody could have made it before: the name is random.
    private static string Choose(string cluster, string? account)
    {
        var name = "fo-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cluster)).AsSpan(0, 4));
        if (account is not null && Directory.Exists("/run"))
        {
            return Path.Combine("/run", name);
        }

        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 and < 60 } own
            && Directory.Exists(own)
            ? Path.Combine(own, name)
            : Path.Combine("/tmp", "fo-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
    }

    private static int FindFreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
