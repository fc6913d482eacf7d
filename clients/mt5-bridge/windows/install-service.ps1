# Runs the bridge as a Windows service by NSSM (https://nssm.cc), for a machine where nobody logs on. The terminal it starts has
# no desktop then: log in once by hand as the service's user, so that the terminal knows account and server. Run it in a
# PowerShell with administrator's rights:
#
#   .\install-service.ps1 -Folder C:\dtms -User .\trader
#   .\install-service.ps1 -Remove
[CmdletBinding()]
param(
    # Has bridge.toml and the virtual environment `bridge`.
    [string]$Folder = 'C:\dtms',
    [string]$Name = 'dtms-mt5-bridge',
    # Whose terminal it is: another user's is another terminal, without the login.
    [string]$User,
    [string]$Nssm = 'nssm.exe',
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'

function Invoke-Nssm {
    & $Nssm @args
    if ($LASTEXITCODE -ne 0) { throw "nssm $($args -join ' ') failed" }
}

if ($Remove) {
    & $Nssm stop $Name | Out-Null
    Invoke-Nssm remove $Name confirm
    return
}

$program = Join-Path $Folder 'bridge\Scripts\dtms-mt5-bridge.exe'
$config = Join-Path $Folder 'bridge.toml'
$log = Join-Path $Folder 'bridge.log'
foreach ($needed in $program, $config) {
    if (-not (Test-Path $needed)) { throw "$needed is not there" }
}
if (-not $User) { throw '-User is missing: the user whose terminal it is, such as .\trader' }
$password = (Get-Credential -UserName $User -Message 'Password of the user whose terminal it is').GetNetworkCredential().Password

Invoke-Nssm install $Name $program --config "`"$config`""
Invoke-Nssm set $Name ObjectName $User $password
Invoke-Nssm set $Name AppDirectory $Folder
Invoke-Nssm set $Name AppStdout $log
Invoke-Nssm set $Name AppStderr $log
# Ctrl-C, and time to finish and report the order under way.
Invoke-Nssm set $Name AppStopMethodConsole 75000
Invoke-Nssm set $Name AppExit Default Restart
Invoke-Nssm set $Name AppRestartDelay 5000
Invoke-Nssm set $Name Start SERVICE_DELAYED_AUTO_START
Invoke-Nssm start $Name
Write-Host "runs: $Name; its log is $log"
