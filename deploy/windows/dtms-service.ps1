# Runs the DTMS server on Windows from its start on, as LOCAL SERVICE, and starts it again when it ends.
# UNTESTED: written without a Windows machine. Read it before you run it. Needs an elevated PowerShell 5.1 or later, and Node 20.19 or later.
#
#   .\dtms-service.ps1 install -Package .\dtms-0.1.0.tgz
#   .\dtms-service.ps1 status | stop | start | uninstall
#
# Node does not speak to the service manager of Windows, so this is a task at start-up and no entry of services.msc. A stop ends the
# process at once: nothing that was acknowledged is lost by that, and the next start takes what the database has.
param(
  [Parameter(Mandatory, Position = 0)][ValidateSet('install', 'uninstall', 'start', 'stop', 'status')][string]$Do,
  [string]$Package,
  [string]$Folder = "$env:ProgramData\dtms"
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$task = 'DTMS'

function Install-Dtms {
  if (-not $Package) { throw 'install needs -Package, the file that npm pack made' }
  $node = (Get-Command node.exe).Source
  New-Item -ItemType Directory -Force -Path $Folder, "$Folder\data" | Out-Null
  & npm.cmd install --prefix "$Folder\program" --no-audit --no-fund (Resolve-Path $Package).Path
  if ($LASTEXITCODE -ne 0) { throw "npm ended with $LASTEXITCODE" }

  # The data is for the server and for administrators alone.
  & icacls.exe "$Folder\data" /inheritance:r /grant '*S-1-5-19:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
  if ($LASTEXITCODE -ne 0) { throw "icacls ended with $LASTEXITCODE" }

  # The embedded Postgres refuses to run with an administrator's rights; LOCAL SERVICE has none.
  $cli = "$Folder\program\node_modules\dtms\dist\src\cli.js"
  $line = "/d /s /c `"`"$node`" `"$cli`" serve --data-dir `"$Folder\data`" >> `"$Folder\data\dtms.log`" 2>&1`""
  $action = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\cmd.exe" -Argument $line -WorkingDirectory "$Folder\data"
  $trigger = New-ScheduledTaskTrigger -AtStartup
  $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount -RunLevel Limited
  $settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
  Register-ScheduledTask -TaskName $task -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null
  Start-ScheduledTask -TaskName $task
}

switch ($Do) {
  'install' { Install-Dtms }
  'uninstall' {
    Stop-ScheduledTask -TaskName $task
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
    Write-Output "The data is left in $Folder\data"
  }
  'start' { Start-ScheduledTask -TaskName $task }
  'stop' { Stop-ScheduledTask -TaskName $task }
  'status' { Get-ScheduledTaskInfo -TaskName $task | Format-List LastRunTime, LastTaskResult }
}
