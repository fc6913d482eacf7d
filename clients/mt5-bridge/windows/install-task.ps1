# Runs the bridge as a scheduled task of the user who is logged on: beside the terminal, on the same desktop. Begins at logon,
# begins again when it ends. Run it as that user, in a PowerShell with administrator's rights:
#
#   .\install-task.ps1 -Folder C:\dtms
#   .\install-task.ps1 -Remove
[CmdletBinding()]
param(
    # Has bridge.toml and the virtual environment `bridge`.
    [string]$Folder = 'C:\dtms',
    [string]$Name = 'DTMS MT5 bridge',
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'

if ($Remove) {
    Stop-ScheduledTask -TaskName $Name -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $Name -Confirm:$false
    Write-Host "removed: $Name"
    return
}

$program = Join-Path $Folder 'bridge\Scripts\dtms-mt5-bridge.exe'
$config = Join-Path $Folder 'bridge.toml'
$log = Join-Path $Folder 'bridge.log'
foreach ($needed in $program, $config) {
    if (-not (Test-Path $needed)) { throw "$needed is not there" }
}
# Appends: what an earlier run said is what tells why it ended. The bridge's own exit code is the task's.
$command = "`"$program`" --config `"$config`" >> `"$log`" 2>&1"
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument "/c `"$command`"" -WorkingDirectory $Folder
$user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
$trigger = New-ScheduledTaskTrigger -AtLogOn -User $user
$principal = New-ScheduledTaskPrincipal -UserId $user -LogonType Interactive
$settings = New-ScheduledTaskSettingsSet `
    -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) `
    -MultipleInstances IgnoreNew `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName $Name -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force |
    Out-Null
Start-ScheduledTask -TaskName $Name
Write-Host "runs: $Name; its log is $log"
