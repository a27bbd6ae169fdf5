-- CreateTable
CREATE TABLE "Attachment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "mountId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "workloadId" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "workloadName" TEXT NOT NULL,
    "subPath" TEXT NOT NULL,
    "inside" TEXT NOT NULL,
    "readOnly" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    CONSTRAINT "Attachment_mountId_fkey" FOREIGN KEY ("mountId") REFERENCES "Mount" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Attachment_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Attachment_mountId_idx" ON "Attachment"("mountId");

-- CreateIndex
CREATE INDEX "Attachment_hostId_target_workloadName_idx" ON "Attachment"("hostId", "target", "workloadName");

-- CreateIndex
CREATE UNIQUE INDEX "Attachment_workloadId_inside_key" ON "Attachment"("workloadId", "inside");
